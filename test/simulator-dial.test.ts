import { describe, expect, test } from 'vitest'
import { detectDtmf, goertzel, tone } from '../src/audio/tone.ts'
import {
  PhoneBook,
  type CallerAction,
  type DialOptions,
  type PhoneBehaviour,
  type TimelineEvent,
} from '../src/simulator/index.ts'
import { call, find, TestServer, xml } from './simulator-support.ts'

const hum = (frequencyHz: number, durationMs: number) => ({
  samples: tone({ frequencyHz, durationMs, sampleRateHz: 8000 }),
  sampleRateHz: 8000,
})

const desk = '14155550123'
const other = '14155550124'
const assumptions = { ringAfterMs: 10, speech: 'tones' } as const

const dialXml = (attributes = '', children = `<Number>${desk}</Number>`) =>
  xml(`<Dial action="http://HOST/after" callbackUrl="http://HOST/event" ${attributes}>${children}</Dial>`)

const start = (attributes?: string, children?: string, routes = {}) =>
  TestServer.start({
    routes: { '/answer': () => dialXml(attributes, children), '/after': () => xml('<Hangup/>'), ...routes },
  })

const dialWith = (server: TestServer, phones: Record<string, PhoneBehaviour>, options: Partial<DialOptions> = {}) =>
  call(server, { phones: new PhoneBook(phones), assumptions, ...options })

const speaks = (frequencyHz: number, ms = 400): CallerAction[] => [{ do: 'speak', audio: hum(frequencyHz, ms) }]
const untilBridged = (timeline: readonly TimelineEvent[]) =>
  expect.poll(() => find(timeline, 'leg-bridged')).toHaveLength(1)

describe('Dial', () => {
  test('bridges both, each hears the other sample for sample, and tells its action and its callback', async () => {
    await using server = await start()
    const phone: PhoneBehaviour = {
      answers: 20,
      script: [{ do: 'wait', ms: 200 }, ...speaks(700), { do: 'wait', ms: 300 }, { do: 'hang-up' }],
    }
    const simulated = dialWith(server, { [desk]: phone })
    await untilBridged(simulated.timeline)
    simulated.speak(hum(440, 300))
    const { hangup, heard, said, legs } = await simulated.ended
    expect(hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
    const [leg] = legs
    if (!leg) throw new Error('no leg')
    expect(leg.hangup).toMatchObject({ code: 4000, source: 'Callee' })
    expect(placeOf(hum(700, 400).samples, heard.samples)).toBeGreaterThanOrEqual(0)
    expect(placeOf(hum(440, 300).samples, leg.heard.samples)).toBeGreaterThanOrEqual(0)
    // Both lines move by the same ticks: what is said here is heard there, at one distance throughout.
    const shift = placeOf(hum(440, 300).samples, said.samples) - placeOf(hum(440, 300).samples, leg.heard.samples)
    const back = placeOf(hum(700, 400).samples, heard.samples) - placeOf(hum(700, 400).samples, leg.said.samples)
    expect(back).toBe(shift)

    const [after] = server.requestsTo('/after')
    expect(after?.params).toMatchObject({
      Event: 'Redirect',
      DialStatus: 'completed',
      DialRingStatus: 'true',
      DialHangupCause: 'NORMAL_CLEARING',
      DialALegUUID: simulated.callUuid,
      DialBLegUUID: leg.callUuid,
    })
    const events = server.requestsTo('/event').map(({ params }) => params)
    expect(new Set(events.map(({ DialAction }) => DialAction))).toEqual(new Set(['answer', 'connected', 'hangup']))
    expect(events.find(({ DialAction }) => DialAction === 'hangup')).toMatchObject({
      Event: 'DialHangup',
      DialBLegTo: desk,
      DialBLegFrom: '14155550100',
      DialBLegHangupCauseCode: '4000',
      DialBLegHangupSource: 'Callee',
    })
  })

  test.each<{ phone: PhoneBehaviour; status: string; rang: string }>([
    { phone: { busy: true }, status: 'busy', rang: 'false' },
    { phone: { rejects: true, afterMs: 10 }, status: 'failed', rang: 'true' },
    { phone: { noAnswer: true }, status: 'no-answer', rang: 'true' },
  ])('of a telephone that does $phone comes to $status', async ({ phone, status, rang }) => {
    await using server = await start('timeout="1"')
    const { hangup } = await dialWith(server, { [desk]: phone }).ended
    expect(server.requestsTo('/after')[0]?.params).toMatchObject({
      DialStatus: status,
      DialRingStatus: rang,
      DialBLegUUID: '',
    })
    expect(hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
  })

  test('rings all at once: who answers first wins, and the others lose the race with 9000', async () => {
    await using server = await start('', `<Number>${desk}</Number><User>sip:desk@phone.example.com</User>`)
    const simulated = dialWith(server, {
      [desk]: { noAnswer: true },
      'sip:desk@phone.example.com': { answers: 30, script: [{ do: 'wait', ms: 50 }, { do: 'hang-up' }] },
    })
    await simulated.ended
    const ended = find(simulated.timeline, 'leg-ended')
    expect(ended.find(({ to }) => to === desk)).toMatchObject({ code: 9000, name: 'Lost Race' })
    expect(ended.find(({ to }) => to !== desk)).toMatchObject({ code: 4000, source: 'Callee' })
  })

  test('plays the ringing until somebody answers, or the sounds of dialMusic', async () => {
    await using server = await start('timeout="1"')
    const { heard } = await dialWith(server, { [desk]: { noAnswer: true } }).ended
    expect(goertzel(heard.samples.subarray(4000, 7000), 8000, 480)).toBeGreaterThan(-35)
    await using musical = await start('timeout="1" dialMusic="http://HOST/music"', undefined, {
      '/music': () => xml('<Speak>Hold the line please</Speak>'),
    })
    const { heard: music } = await dialWith(musical, { [desk]: { noAnswer: true } }).ended
    expect(goertzel(music.samples.subarray(4000, 7000), 8000, 480)).toBeLessThan(-45)
    expect(music.samples.some((sample) => Math.abs(sample) > 1000)).toBe(true)
  })

  test('asks the callee for a key: without it the leg ends with 9110, with it they talk', async () => {
    const confirm = 'confirmKey="1" confirmSound="http://HOST/confirm" confirmTimeout="1"'
    const routes = { '/confirm': () => xml('<Speak>Press one</Speak>') }
    await using refusing = await start(confirm, undefined, routes)
    const refused = await dialWith(refusing, { [desk]: { answers: 10 } }).ended
    expect(refused.legs[0]?.hangup.code).toBe(9110)
    expect(refusing.requestsTo('/after')[0]?.params['DialStatus']).toBe('failed')

    await using accepting = await start(confirm, undefined, routes)
    const script: CallerAction[] = [
      { do: 'wait-for-audio' },
      { do: 'press', digits: '1' },
      { do: 'wait', ms: 100 },
      { do: 'hang-up' },
    ]
    const simulated = dialWith(accepting, { [desk]: { answers: 10, script } })
    await simulated.ended
    expect(find(simulated.timeline, 'leg-bridged')).toHaveLength(1)
  })

  test('ends at the star, and reports the digits of both sides', async () => {
    await using server = await start('hangupOnStar="true" digitsMatch="12" digitsMatchBLeg="7"')
    const script: CallerAction[] = [
      { do: 'wait', ms: 300 },
      { do: 'press', digits: '7' },
    ]
    const simulated = dialWith(server, { [desk]: { answers: 10, script } })
    await untilBridged(simulated.timeline)
    simulated.press('1')
    simulated.press('2')
    await expect
      .poll(() => server.requestsTo('/event').filter(({ params }) => params['DialAction'] === 'digits'))
      .toHaveLength(2)
    simulated.press('*')
    const { legs } = await simulated.ended
    const heard = legs[0]?.heard.samples ?? new Int16Array()
    expect(Array.from({ length: 40 }, (_, i) => detectDtmf(heard.subarray(i * 400, i * 400 + 800), 8000))).toContain(
      '1',
    )
    const digits = server
      .requestsTo('/event')
      .flatMap(({ params }) => (params['DialAction'] === 'digits' ? [params] : []))
    expect(digits).toMatchObject([
      { Event: 'DialDigits', DialDigitsMatch: '12', DialDigitsPressedBy: 'ALeg' },
      { DialDigitsMatch: '7', DialDigitsPressedBy: 'BLeg' },
    ])
    expect(server.requestsTo('/after')[0]?.params['DialStatus']).toBe('completed')
  })

  test('sends digits to the callee, before both hear each other', async () => {
    await using server = await start('timeLimit="1"', `<Number sendDigits="w9">${desk}</Number>`)
    const { legs } = await dialWith(server, { [desk]: { answers: 10 } }).ended
    const heard = legs[0]?.heard.samples ?? new Int16Array()
    expect(goertzel(heard.subarray(8 * 500, 8 * 660), 8000, 852)).toBeGreaterThan(-20)
    expect(legs[0]?.hangup.code).toBe(6000)
  })

  test('passes SIP headers on, without the reserved ones, and the caller who hangs up takes the leg with him', async () => {
    await using server = await start('sipHeaders="Tenant=acme,Plivo-x=1"')
    const simulated = dialWith(server, { [desk]: { answers: 10 }, [other]: { busy: true } })
    await untilBridged(simulated.timeline)
    simulated.hangUp()
    const { legs, hangup } = await simulated.ended
    expect(hangup).toMatchObject({ code: 4000, source: 'Caller' })
    expect(legs[0]?.hangup).toMatchObject({ code: 4000, source: 'Plivo' })
    expect(find(simulated.timeline, 'warning').map(({ text }) => text)).toContain(
      'sipHeaders: Plivo-x is reserved and was dropped',
    )
  })
})

describe('what is assumed of Dial', () => {
  test('nobody hears ringing, and the status is timeout, where that is assumed', async () => {
    await using server = await start('timeout="1"')
    const changes = { ...assumptions, ringingWhileDialling: false, dialTimeoutStatus: 'timeout' } as const
    const { heard } = await dialWith(server, { [desk]: { noAnswer: true } }, { assumptions: changes }).ended
    expect(heard.samples.every((sample) => sample === 0)).toBe(true)
    expect(server.requestsTo('/after')[0]?.params['DialStatus']).toBe('timeout')
  })

  test('dialMusic is asked for with GET, where that is assumed', async () => {
    const methods: string[] = []
    await using server = await start('timeout="1" dialMusic="http://HOST/music"', undefined, {
      '/music': ({ method }: { method: string }) => {
        methods.push(method)
        return xml('<Wait length="9"/>')
      },
    })
    const changes = { ...assumptions, soundsMethod: 'GET' } as const
    await dialWith(server, { [desk]: { noAnswer: true } }, { assumptions: changes }).ended
    expect(methods).toEqual(['GET'])
  })

  test('keys that no telephone has are not sent', async () => {
    await using server = await start('', `<Number sendDigits="five">${desk}</Number>`)
    const script: CallerAction[] = [{ do: 'wait', ms: 50 }, { do: 'hang-up' }]
    const simulated = dialWith(server, { [desk]: { answers: 10, script } })
    expect((await simulated.ended).hangup.source).toBe('Answer XML')
    expect(
      find(simulated.timeline, 'warning')
        .map(({ text }) => text)
        .join(),
    ).toContain('nothing is sent')
  })
})

test('a recording that starts when the dialled leg answers has only what comes then', async () => {
  await using server = await TestServer.start({
    routes: {
      '/answer': () =>
        xml(`<Record startOnDialAnswer="true" callbackUrl="http://HOST/file"/><Dial><Number>${desk}</Number></Dial>`),
    },
  })
  const script: CallerAction[] = [{ do: 'wait', ms: 200 }, { do: 'hang-up' }]
  const { heard } = await dialWith(server, { [desk]: { answers: 500, script } }).ended
  const ms = Number(server.requestsTo('/file')[0]?.params['RecordingDurationMs'])
  expect(ms).toBeGreaterThan(100)
  expect(ms).toBeLessThan(heard.samples.length / 8 - 400)
})

/** Where `part` begins in `whole`, sample for sample. */
function placeOf(part: Int16Array, whole: Int16Array): number {
  const firstLoud = part.findIndex((sample) => sample !== 0)
  for (let start = 0; start + part.length <= whole.length; start++) {
    if (whole[start + firstLoud] !== part[firstLoud]) continue
    if (part.every((sample, i) => whole[start + i] === sample)) return start
  }
  return -1
}

import { describe, expect, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { dial, PhoneBook } from '../src/simulator/index.ts'
import { synthesise } from '../src/simulator/synthesis.ts'
import { dialUrl } from '../src/testing/index.ts'
import { startStreamServer, TestServer, xml } from './simulator-support.ts'

const sample = { text: 'hello', voice: 'WOMAN', language: 'en-US' }
const hasEspeak = (await synthesise(sample, new AbortController().signal)) !== undefined

const beep = (frequencyHz: number, durationMs = 400) => ({
  samples: tone({ frequencyHz, durationMs, sampleRateHz: 8000 }),
  sampleRateHz: 8000,
})

/** Answers with these elements; `sound` is asked for by `confirmSound`. */
const answering = (elements: string, sound = '') =>
  TestServer.start({ routes: { '/answer': () => xml(elements), '/sound': () => xml(sound) } })

const dialling = (attributes = '', sound = '') =>
  answering(`<Dial ${attributes}><Number>14155550123</Number></Dial>`, sound)

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )

describe('a telephone that is dialled for the caller', () => {
  test('is in the hand of the test from its answer on: heard, spoken to, and hung up', async () => {
    await using server = await dialling()
    await using call = await dialUrl(`${server.url}/answer`, { phones: { '14155550123': { answers: 300 } } })
    const colleague = await call.isAnsweredBy('+1 (415) 555-0123')
    await call.happens('leg-bridged')
    await Promise.all([call.says(beep(600)), colleague.hearsTone(600)])
    await Promise.all([colleague.says(beep(900)), call.hearsTone(900)])
    await colleague.hearsNothingFor(300)
    colleague.hangsUp()
    const { reason, heard } = await colleague.hangsUpBy('caller')
    expect(reason).toBe('Normal Hangup (4000), by Callee')
    expect(heard.samples.length).toBeGreaterThan(8000)
    await call.hangsUpBy('bot')
  })

  test('answers after a second when nothing is said of it, and ends with the call', async () => {
    await using server = await dialling()
    await using call = await dialUrl(`${server.url}/answer`)
    const [{ atMs: rang }, colleague] = [await call.happens('leg-ringing'), await call.isAnsweredBy('14155550123')]
    const { atMs: answered } = await call.happens('leg-answered')
    expect(answered - rang).toBeGreaterThanOrEqual(999)
    call.hangsUp()
    await colleague.hangsUpBy('bot')
  })

  test.runIf(hasEspeak)('hears what it is told before the caller, and takes the call with a key', async () => {
    const announcement = 'A caller about the roof. Press one to take the call.'
    await using server = await dialling(
      'confirmKey="1" confirmSound="http://HOST/sound"',
      `<Speak voice="MAN" language="en-GB">${announcement}</Speak>`,
    )
    await using call = await dialUrl(`${server.url}/answer`, { phones: { '14155550123': { answers: 0 } } })
    const colleague = await call.isAnsweredBy('14155550123')
    expect(
      await messageOf(colleague.hears({ text: 'Something quite different', voice: 'MAN' }, { withinMs: 500 })),
    ).toMatch(/^expected to hear "Something quite different" begin within 500 ms, to its end, in vain/)
    await colleague.hears({ text: announcement, voice: 'MAN', language: 'en-GB' }, { withinMs: 8000 })
    colleague.press('1')
    await call.happens('leg-bridged')
  })

  test('that is dialled twice is taken twice', async () => {
    const number = '<Dial><Number>14155550123</Number></Dial>'
    await using server = await answering(number + number)
    await using call = await dialUrl(`${server.url}/answer`, { phones: { '14155550123': { answers: 0 } } })
    const first = await call.isAnsweredBy('14155550123')
    first.hangsUp()
    const second = await call.isAnsweredBy('14155550123')
    await Promise.all([call.says(beep(900)), second.hearsTone(900)])
  })

  test('may follow a script instead', async () => {
    await using server = await dialling('confirmKey="1"')
    await using call = await dialUrl(`${server.url}/answer`, {
      phones: {
        '14155550123': {
          answers: 100,
          script: [
            { do: 'press', digits: '1' },
            { do: 'wait', ms: 300 },
            { do: 'speak', audio: beep(700) },
            { do: 'hang-up' },
          ],
        },
      },
    })
    await call.hearsTone(700)
    await call.hangsUpBy('bot')
  })

  test.each([
    [{ busy: true } as const, 3010],
    [{ rejects: true, afterMs: 100 } as const, 3020],
    [{ unallocated: true } as const, 3050],
    [{ noAnswer: true } as const, 6010],
  ])('that does not answer is not taken for one that does: %j', async (behaviour, code) => {
    await using server = await dialling('timeout="1"')
    await using call = await dialUrl(`${server.url}/answer`, { phones: { '14155550123': behaviour } })
    await call.isTransferredTo('14155550123')
    expect((await call.happens('leg-ended')).code).toBe(code)
    expect(await messageOf(call.isAnsweredBy('14155550123', { withinMs: 100 }))).toContain(
      'expected 14155550123 to answer within 100 ms, in vain',
    )
  })
})

test('the simulator gives the legs of a call as those at their telephones hold them', async () => {
  await using server = await dialling()
  await using call = dial({
    answerUrl: `${server.url}/answer`,
    phones: new PhoneBook({ '14155550123': { answers: 0 } }),
    onEvent: ({ type }) => {
      if (type === 'leg-bridged') call.legs[0]?.press('5')
      if (type === 'leg-bridged') call.legs[0]?.hangUp()
    },
  })
  expect(call.legs).toEqual([])
  const { legs, hangup } = await call.ended
  expect(hangup.name).toBe('End Of XML Instructions')
  expect(legs[0]?.hangup.source).toBe('Callee')
  expect(call.legs.map(({ callUuid }) => callUuid)).toEqual(legs.map(({ callUuid }) => callUuid))
  const pressed = call.legs[0]?.timeline.find(({ type }) => type === 'pressed')
  expect(pressed?.atMs).toBeLessThan(call.legs[0]?.nowMs ?? 0)
  expect(call.nowMs).toBeGreaterThan(call.legs[0]?.nowMs ?? 0)
})

describe('a call that Plivo makes', () => {
  test('is answered by the test, which hears what the answer URL says', async () => {
    await using server = await startStreamServer({
      onMessage: ({ event }, { socket }) => {
        if (event === 'start') socket.send(JSON.stringify({ event: 'checkpoint', streamId: 'x', name: 'x' }))
      },
    })
    await using call = await dialUrl(`${server.url}/answer`, {
      direction: 'outbound',
      phones: { '14155550100': { answers: 200 } },
    })
    await call.happens('checkpoint-played')
    const order = call.timeline.map(({ type }) => type)
    expect(order.indexOf('ringing')).toBeLessThan(order.indexOf('answered'))
    expect(order.indexOf('answered')).toBeLessThan(order.indexOf('answer-requested'))
    call.hangsUp()
    await call.hangsUpBy('caller')
    expect(server.requestsTo('/answer')[0]?.params).toMatchObject({
      Direction: 'outbound',
      From: '14155550199',
      To: '14155550100',
    })
  })

  test.each([
    [{ busy: true } as const, 'error', 'Busy Line (3010), by Carrier'],
    [{ rejects: true, afterMs: 0 } as const, 'caller', 'Rejected (3020), by Callee'],
  ])('is over when nobody takes it: %j', async (behaviour, by, reason) => {
    await using server = await startStreamServer()
    await using call = await dialUrl(`${server.url}/answer`, {
      direction: 'outbound',
      to: '14155550142',
      phones: { '14155550142': behaviour },
    })
    expect(await call.ended).toMatchObject({ by, reason })
    expect(server.requestsTo('/answer')).toEqual([])
  })

  test('is hung up when it lasts too long', async () => {
    await using server = await startStreamServer()
    await using call = await dialUrl(`${server.url}/answer`, {
      direction: 'outbound',
      phones: { '14155550100': { answers: 0 } },
      maxDurationMs: 600,
    })
    await call.hangsUpBy('caller', { withinMs: 3000 })
  })
})

test('assumptions, faults and the folder are those of the call', async () => {
  await using server = await startStreamServer()
  await using call = await dialUrl(`${server.url}/answer`, {
    assumptions: { firstSequenceNumber: 1 },
    faults: { webhooks: [{ fault: 'duplicate', event: 'StartApp' }] },
    folder: 'examples',
  })
  await call.says('./prompts/goodbye.wav')
  expect(server.streams[0]?.messages[0]).toMatchObject({ event: 'start', sequenceNumber: 1 })
  expect(server.requestsTo('/answer')).toHaveLength(2)
})

test('what cannot be dialled is refused', async () => {
  await expect(dialUrl('http://127.0.0.1:9/', { hangupUrl: 'ftp://x/' })).rejects.toThrow(/hangupUrl must be an http/)
  const phones = { '1415': { answers: 0, script: [{ do: 'press', digits: 'x' }] } } as const
  await expect(dialUrl('http://127.0.0.1:9/', { phones })).rejects.toThrow(RangeError)
})

test.runIf(hasEspeak)('a text that the caller says is understood by speech recognition', async () => {
  await using server = await TestServer.start({
    routes: {
      '/answer': () => xml('<GetInput action="http://HOST/said" inputType="speech" executionTimeout="10"/>'),
      '/said': ({ params }) => xml(`<Speak>${params['Speech'] ?? 'nothing'}</Speak>`),
    },
  })
  await using call = await dialUrl(`${server.url}/answer`)
  await call.says({ text: 'two pizzas please' })
  await call.hears({ text: 'two pizzas please' }, { withinMs: 6000 })
})

test.each([
  [{ text: ' ' }, 'cannot speak "": there is no text'],
  [{ text: 'hello', voice: 'Joanna' }, 'cannot speak "hello": voice must be WOMAN, MAN or Polly.<Name>, got "Joanna"'],
  [{ text: 'hello', language: 'tlh' }, 'cannot speak "hello": the voice WOMAN has not the language "tlh"'],
])('a text that cannot be spoken says why: %j', async (text, message) => {
  await using server = await startStreamServer()
  await using call = await dialUrl(`${server.url}/answer`)
  expect(await messageOf(call.says(text))).toBe(message)
})

import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { goertzel, tone } from '../src/audio/tone.ts'
import { encodeWav, parseWav } from '../src/audio/wav.ts'
import {
  CallEngine,
  PhoneBook,
  type Assumptions,
  type CallerAction,
  type EngineOptions,
  type LiveCall,
  type RecordingRecord,
  type SimulatedCall,
} from '../src/simulator/index.ts'
import { find, startStreamServer, TestServer, types, xml } from './simulator-support.ts'

const desk = '14155550123'
const wav = (frequencyHz: number, durationMs: number) =>
  encodeWav(tone({ frequencyHz, durationMs, sampleRateHz: 8000 }), 8000)
const audioReply = (frequencyHz: number, durationMs: number) => () => ({
  type: 'audio/wav',
  body: wav(frequencyHz, durationMs),
})

interface Started {
  readonly engine: CallEngine
  readonly simulated: SimulatedCall
  readonly live: LiveCall
}

async function answered(
  server: TestServer,
  options: Partial<EngineOptions> & { assume?: Partial<Assumptions>; caller?: CallerAction[] } = {},
): Promise<Started & AsyncDisposable> {
  const { assume, caller = [], ...rest } = options
  const engine = new CallEngine({
    authId: 'MAEXAMPLE00000000000',
    authTokens: [],
    assumptions: { ringAfterMs: 10, speech: 'tones', ...assume },
    ...rest,
  })
  const simulated = engine.receive({ answerUrl: `${server.url}/answer`, caller })
  await expect.poll(() => types(simulated.timeline)).toContain('answered')
  const live = engine.live(simulated.callUuid)
  if (!live) throw new Error('the call is not live')
  return { engine, simulated, live, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

const waiting = (routes = {}) =>
  TestServer.start({ routes: { '/answer': () => xml('<Wait length="60"/>'), ...routes } })
const levelAt = (samples: Int16Array, frequencyHz: number) => goertzel(loudest(samples, frequencyHz), 8000, frequencyHz)

/** The 100 ms in which the frequency is loudest. */
function loudest(samples: Int16Array, frequencyHz: number): Int16Array {
  let best = samples.subarray(0, 800)
  for (let at = 0; at + 800 <= samples.length; at += 400) {
    const part = samples.subarray(at, at + 800)
    if (goertzel(part, 8000, frequencyHz) > goertzel(best, 8000, frequencyHz)) best = part
  }
  return best
}

describe('a live call', () => {
  test('is hung up by the REST API, and is live no more', async () => {
    await using server = await waiting()
    await using work = await answered(server)
    const { engine, live, simulated } = work
    expect(live.status).toBe('in-progress')
    expect(live.facts).toMatchObject({ callUuid: simulated.callUuid, direction: 'inbound' })
    live.hangUp()
    expect(engine.live(simulated.callUuid)).toBeUndefined()
    expect((await simulated.ended).hangup).toMatchObject({ code: 4000, source: 'API Request' })
  })

  test('plays files beside what else is heard, for at most their length, until it is stopped', async () => {
    await using server = await waiting({ '/a.wav': audioReply(700, 200), '/b.wav': audioReply(900, 200) })
    await using work = await answered(server)
    const { live, simulated } = work
    live.play({ urls: [`${server.url}/a.wav`, `${server.url}/b.wav`], legs: 'aleg', loop: true, mix: true })
    await expect.poll(() => types(simulated.timeline)).toContain('bot-audio-started')
    await new Promise((resolve) => setTimeout(resolve, 600))
    live.stopPlaying()
    await expect.poll(() => types(simulated.timeline)).toContain('bot-audio-ended')
    live.speak({ text: 'Hello', legs: 'aleg', loop: false, mix: true })
    await expect.poll(() => types(simulated.timeline).filter((type) => type === 'bot-audio-started')).toHaveLength(2)
    live.stopSpeaking()
    live.hangUp()
    const { heard } = await simulated.ended
    expect(levelAt(heard.samples, 700)).toBeGreaterThan(-16)
    expect(levelAt(heard.samples, 900)).toBeGreaterThan(-16)
    expect(find(simulated.timeline, 'warning')).toEqual([])
  })

  test('is heard alone where it is not to be mixed', async () => {
    const loop = '<Play loop="0">http://HOST/music.wav</Play>'
    for (const mix of [true, false]) {
      await using server = await TestServer.start({
        routes: { '/answer': () => xml(loop), '/music.wav': audioReply(500, 1000), '/a.wav': audioReply(900, 400) },
      })
      await using work = await answered(server)
      const { live, simulated } = work
      await expect.poll(() => types(simulated.timeline)).toContain('bot-audio-started')
      live.play({ urls: [`${server.url}/a.wav`], legs: 'aleg', loop: false, mix })
      await expect.poll(() => server.requestsTo('/a.wav')).toHaveLength(1)
      await new Promise((resolve) => setTimeout(resolve, 700))
      live.hangUp()
      const { heard } = await simulated.ended
      const during = loudest(heard.samples, 900)
      expect(goertzel(during, 8000, 900)).toBeGreaterThan(-16)
      expect(goertzel(during, 8000, 500) > -20).toBe(mix)
    }
  })

  test('hears digits, and refuses what is none', async () => {
    await using server = await waiting()
    await using work = await answered(server)
    work.live.sendDigits('5', 'aleg')
    await expect.poll(() => types(work.simulated.timeline)).toContain('bot-audio-ended')
    work.live.hangUp()
    expect(levelAt((await work.simulated.ended).heard.samples, 1336)).toBeGreaterThan(-16)
    expect(() => work.live.sendDigits('x', 'aleg')).toThrow(RangeError)
  })

  test('is recorded until it is stopped, told in snake case', async () => {
    const records: RecordingRecord[] = []
    await using folder = await mkdtempDisposable(`${tmpdir()}/recordings-`)
    await using server = await waiting()
    await using work = await answered(server, {
      recordingsFolder: folder.path,
      recordingUrl: (id, format) => `http://media.example.com/${id}.${format}`,
      onRecording: (record) => void records.push(record),
    })
    const settings = { timeLimitSeconds: 60, fileFormat: 'wav', channelType: 'stereo' } as const
    const { url, recordingId } = work.live.startRecording({ ...settings, callbackUrl: `${server.url}/recorded` })
    expect(url).toBe(`http://media.example.com/${recordingId}.wav`)
    work.simulated.speak({
      samples: tone({ frequencyHz: 600, durationMs: 200, sampleRateHz: 8000 }),
      sampleRateHz: 8000,
    })
    await expect.poll(() => types(work.simulated.timeline)).toContain('caller-speech-ended')
    work.live.stopRecording(url)
    await expect.poll(() => server.requestsTo('/recorded')).toHaveLength(1)
    const [record] = records
    expect(record).toMatchObject({
      recordingId,
      url,
      callUuid: work.simulated.callUuid,
      channels: 'stereo',
      format: 'wav',
    })
    expect(server.requestsTo('/recorded')[0]?.params).toMatchObject({
      record_url: url,
      recording_id: recordingId,
      recording_duration_ms: String(record?.durationMs),
    })
    const file = parseWav(await readFile(record?.file ?? ''))
    expect(file.ok && file.value.samples.length / 8).toBe(record?.durationMs)
  })

  test('gets a stream, which is listed, and stopped by its id', async () => {
    await using server = await waiting()
    await using work = await answered(server)
    const { live, simulated } = work
    const options = {
      serviceUrl: `ws://${server.host}/live`,
      bidirectional: true,
      audioTrack: 'inbound',
      streamTimeoutSeconds: 60,
      contentType: 'audio/x-mulaw;rate=8000',
      statusCallbackUrl: `${server.url}/status`,
      extraHeaders: 'a=b',
    } as const
    expect(() => live.startStream({ ...options, audioTrack: 'both' })).toThrow(RangeError)
    const { streamId } = live.startStream(options)
    await expect.poll(() => server.streams[0]?.messages.length ?? 0).toBeGreaterThan(2)
    expect(server.streams[0]?.messages[0]).toMatchObject({ start: { streamId }, extra_headers: 'a=b' })
    expect(live.streams()).toMatchObject([{ streamId, status: 'active', contentType: 'audio/x-mulaw;rate=8000' }])
    const second = live.startStream(options)
    expect(live.streams()[1]).toMatchObject({ streamId: second.streamId, status: 'stopped' })
    expect(live.stopStream('another')).toBe(false)
    expect(live.stopStream(streamId)).toBe(true)
    await expect.poll(() => types(simulated.timeline)).toContain('stream-closed')
    expect(live.streams()).toMatchObject([{ status: 'stopped' }, { status: 'stopped' }])
    expect(live.stopStream()).toBe(false)
    await expect.poll(() => server.requestsTo('/status').map(({ params }) => params['Event'])).toContain('StopStream')
    live.hangUp()
    expect((await simulated.ended).streams).toHaveLength(1)
  })
})

describe('a transfer', () => {
  const next = { '/next': () => xml('<Hangup/>') }
  const streaming = () => startStreamServer({ routes: next, after: '<Speak>never</Speak>' })
  const openStream = (server: TestServer) =>
    expect.poll(() => server.streams[0]?.messages.length ?? 0).toBeGreaterThan(1)

  test('takes the place of what runs', async () => {
    await using server = await waiting(next)
    await using work = await answered(server)
    work.live.transfer({ legs: 'aleg', aleg: { url: `${server.url}/next`, method: 'POST' } })
    expect((await work.simulated.ended).hangup).toMatchObject({ code: 4000, source: 'Answer XML' })
    expect(server.requestsTo('/next')[0]?.params).toMatchObject({ Event: 'Redirect', CallStatus: 'in-progress' })
  })

  test('during a stream waits for its end', async () => {
    await using server = await streaming()
    await using work = await answered(server)
    await openStream(server)
    work.live.transfer({ legs: 'aleg', aleg: { url: `${server.url}/next`, method: 'POST' } })
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(server.requestsTo('/next')).toEqual([])
    server.streams[0]?.socket.close()
    await work.simulated.ended
    expect(server.requestsTo('/next')).toHaveLength(1)
    expect(find(work.simulated.timeline, 'stream-closed')).toMatchObject([{ by: 'server' }])
    expect(find(work.simulated.timeline, 'element').map(({ name }) => name)).toEqual(['Stream', 'Hangup'])
  })

  test('during a stream ends it, where that is assumed', async () => {
    await using server = await streaming()
    await using work = await answered(server, { assume: { transferDuringStream: 'immediate' } })
    await openStream(server)
    work.live.transfer({ legs: 'aleg', aleg: { url: `${server.url}/next`, method: 'POST' } })
    await work.simulated.ended
    expect(server.requestsTo('/next')).toHaveLength(1)
    expect(find(work.simulated.timeline, 'stream-closed')).toMatchObject([{ by: 'plivo', code: 1000 }])
  })

  test.each([
    ['/missing', 7013],
    ['/invalid', 8013],
  ])('to %s ends the call with %i', async (path, code) => {
    await using server = await waiting({ '/missing': () => ({ status: 404 }), '/invalid': () => ({ body: 'no' }) })
    await using work = await answered(server)
    work.live.transfer({ legs: 'aleg', aleg: { url: `${server.url}${path}`, method: 'POST' } })
    expect((await work.simulated.ended).hangup.code).toBe(code)
  })

  test('to no web URL ends the call with 7023', async () => {
    await using server = await waiting()
    await using work = await answered(server)
    work.live.transfer({ legs: 'aleg', aleg: { url: 'ftp://h/', method: 'POST' } })
    expect((await work.simulated.ended).hangup.code).toBe(7023)
  })

  const dialling = () =>
    TestServer.start({
      routes: {
        '/answer': () => xml(`<Dial><Number>${desk}</Number></Dial><Speak>after</Speak>`),
        '/a': () => xml('<Wait length="1"/>'),
        '/b': () => xml('<Speak>for you</Speak><Hangup/>'),
      },
    })
  const dialled = async (server: TestServer) => {
    const work = await answered(server, { phones: new PhoneBook({ [desk]: { answers: 10 } }) })
    await expect.poll(() => types(work.simulated.timeline)).toContain('leg-bridged')
    return work
  }

  test('of the bleg gives it XML of its own, and the call goes on behind Dial', async () => {
    await using server = await dialling()
    await using work = await dialled(server)
    work.live.transfer({ legs: 'bleg', bleg: { url: `${server.url}/b`, method: 'POST' } })
    const { hangup, legs } = await work.simulated.ended
    expect(hangup.code).toBe(4010)
    expect(legs).toEqual([])
    const [request] = server.requestsTo('/b')
    expect(request?.params).toMatchObject({ To: desk, Direction: 'outbound' })
    expect(find(work.simulated.timeline, 'element').map(({ name }) => name)).toEqual(['Dial', 'Speak'])
  })

  test('of both sends each its own way', async () => {
    await using server = await dialling()
    await using work = await dialled(server)
    const address = (path: string) => ({ url: `${server.url}${path}`, method: 'POST' }) as const
    work.live.transfer({ legs: 'both', aleg: address('/a'), bleg: address('/b') })
    await work.simulated.ended
    expect(server.requestsTo('/a')).toHaveLength(1)
    expect(server.requestsTo('/b')).toHaveLength(1)
    expect(find(work.simulated.timeline, 'element').map(({ name }) => name)).toEqual(['Dial', 'Wait'])
  })

  test('of the aleg leaves the other leg behind, which is hung up on', async () => {
    await using server = await dialling()
    await using work = await dialled(server)
    work.live.transfer({ legs: 'aleg', aleg: { url: `${server.url}/a`, method: 'POST' } })
    const { legs } = await work.simulated.ended
    expect(legs).toMatchObject([{ hangup: { code: 4000, source: 'Plivo' } }])
  })

  test('of the aleg keeps the other leg, where that is assumed', async () => {
    await using server = await dialling()
    await using work = await answered(server, {
      phones: new PhoneBook({ [desk]: { answers: 10, script: [{ do: 'wait', ms: 500 }, { do: 'hang-up' }] } }),
      assume: { legAfterTransfer: 'keep' },
    })
    await expect.poll(() => types(work.simulated.timeline)).toContain('leg-bridged')
    work.live.transfer({ legs: 'aleg', aleg: { url: `${server.url}/a`, method: 'POST' } })
    expect((await work.simulated.ended).legs).toMatchObject([{ hangup: { source: 'Callee' } }])
  })

  test('plays to both legs while they are bridged', async () => {
    await using server = await dialling()
    await using work = await dialled(server)
    work.live.sendDigits('1', 'bleg')
    work.live.speak({ text: 'Bye', legs: 'both', loop: false, mix: true })
    await expect.poll(() => types(work.simulated.timeline)).toContain('bot-audio-ended')
    work.live.hangUp()
    const { heard, legs } = await work.simulated.ended
    const loud = (samples: Int16Array) => samples.filter((sample) => Math.abs(sample) > 1000).length
    expect(loud(heard.samples)).toBeGreaterThan(1000)
    expect(levelAt(legs[0]?.heard.samples ?? new Int16Array(), 1209)).toBeGreaterThan(-16)
  })
})

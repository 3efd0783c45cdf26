import { readFileSync } from 'node:fs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { bytesOf, durationMs, mulaw8k } from '../audio/format.ts'
import { silence } from '../audio/tone.ts'
import { fromPcm16 } from '../audio/transcode.ts'
import { parseWav } from '../audio/wav.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { AudioChunk } from './audio-chunk.ts'
import { Call } from './call.ts'
import type { CallEvent } from './call-events.ts'
import { type BotCommand, type CallStart, maxFrameBytes } from './protocol.ts'

const startOfCall: CallStart = {
  callId: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
  sessionId: 's1',
  from: '14155550100',
  to: '14155550199',
  direction: 'inbound',
  headers: { tenant: 'acme' },
  body: { ticket: 42 },
  format: mulaw8k,
  raw: '{"event":"start"}',
}

const frame = () => new Uint8Array(160).fill(0xff)

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => void setImmediate(resolve))
}

function startCall(start: Partial<CallStart> = {}) {
  const clock = new ManualClock()
  const sent: BotCommand[] = []
  const printed: string[] = []
  const call = new Call({
    start: { ...startOfCall, ...start },
    clock,
    send: (command) => sent.push(command),
    print: (text) => printed.push(text),
  })
  const press = (digits: string) => Array.from(digits).forEach((digit) => call.receive({ type: 'dtmf', digit }))
  const hear = (audio: Uint8Array = frame()) => call.receive({ type: 'audio', audio, track: 'inbound' })
  return { call, clock, sent, printed, press, hear, types: () => sent.map((command) => command.type) }
}

async function eventsOf(call: Call): Promise<CallEvent[]> {
  const events: CallEvent[] = []
  for await (const event of call) events.push(event)
  return events
}
const typesOf = async (call: Call) => (await eventsOf(call)).map((event) => event.type)

describe('what a bot is told of its call', () => {
  it('is what the start said', () => {
    const { call } = startCall()
    expect(call).toMatchObject({
      id: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
      sessionId: 's1',
      from: '14155550100',
      to: '14155550199',
      direction: 'inbound',
      headers: { tenant: 'acme' },
      body: { ticket: 42 },
      format: mulaw8k,
    })
  })

  it('leaves undefined what is not known', () => {
    const { from: _from, to: _to, direction: _direction, body: _body, ...rest } = startOfCall
    const call = new Call({ start: rest, clock: new ManualClock(), send: () => undefined, print: () => undefined })
    expect([call.from, call.to, call.direction, call.body]).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('events', () => {
  it('come in the order in which things happened, and `ended` is the last', async () => {
    const { call, press, hear } = startCall()
    hear()
    press('1')
    call.receive({ type: 'message', raw: '{"event":"dtmf"}' })
    hear()
    call.end('caller')
    const events = await eventsOf(call)
    expect(events.map((event) => event.type)).toEqual(['audio', 'dtmf', 'message', 'audio', 'ended'])
    expect(events[1]).toEqual({ type: 'dtmf', digit: '1' })
    expect(events[2]).toEqual({ type: 'message', raw: '{"event":"dtmf"}', message: { event: 'dtmf' } })
    expect(events[4]).toEqual({ type: 'ended', reason: 'caller' })
  })

  it('carry audio as it came, with its track, time and number', async () => {
    const { call } = startCall()
    const audio = frame()
    call.receive({ type: 'audio', audio, track: 'outbound', timestampMs: 1_768_472_998_321, chunk: 7 })
    call.receive({ type: 'audio', audio, track: 'inbound' })
    call.end('caller')
    const chunk = new AudioChunk(audio, mulaw8k)
    const [first, second] = await eventsOf(call)
    expect(first).toEqual({ type: 'audio', audio: chunk, track: 'outbound', timestampMs: 1_768_472_998_321, chunk: 7 })
    expect(second).toEqual({ type: 'audio', audio: chunk, track: 'inbound', timestampMs: undefined, chunk: undefined })
  })

  it('tell when the caller starts and stops speaking, right behind the audio that says so', async () => {
    const wav = parseWav(readFileSync(new URL('../../examples/callers/hello.wav', import.meta.url)))
    if (!wav.ok) throw new Error(wav.problem)
    const samples = [...silence(500, 8000), ...wav.value.samples, ...silence(1000, 8000)]
    const audio = fromPcm16(Int16Array.from(samples), mulaw8k)
    const { call, hear } = startCall()
    const reading = typesOf(call)
    for (let at = 0; at < audio.length; at += 160) {
      hear(audio.subarray(at, at + 160))
      await Promise.resolve()
    }
    call.end('caller')
    const types = await reading
    const changes = types.filter((type) => type.startsWith('speech'))
    expect(changes.length).toBeGreaterThan(0)
    expect(changes).toEqual(changes.map((_, i) => (i % 2 === 0 ? 'speech.started' : 'speech.ended')))
    expect(changes.length % 2).toBe(0)
    expect(types[types.indexOf('speech.started') - 1]).toBe('audio')
    expect(types.indexOf('speech.started')).toBeGreaterThan(25)
  })

  it('say nothing of speech that the bot itself is heard with', async () => {
    const wav = parseWav(readFileSync(new URL('../../examples/callers/hello.wav', import.meta.url)))
    if (!wav.ok) throw new Error(wav.problem)
    const { call } = startCall()
    call.receive({ type: 'audio', audio: fromPcm16(wav.value.samples, mulaw8k), track: 'outbound' })
    call.end('caller')
    expect(await typesOf(call)).toEqual(['audio', 'ended'])
  })

  it('carry a message that is no JSON as it came', async () => {
    const { call } = startCall()
    call.receive({ type: 'message', raw: 'BUSY {' })
    call.end('caller')
    const [message] = await eventsOf(call)
    expect(message).toEqual({ type: 'message', raw: 'BUSY {', message: undefined })
  })

  it('are a union that a switch can tell apart', () => {
    expectTypeOf<CallEvent['type']>().toEqualTypeOf<
      'audio' | 'dtmf' | 'speech.started' | 'speech.ended' | 'message' | 'ended'
    >()
  })
})

describe('iteration', () => {
  it('ends when the call does, with the reason', async () => {
    const { call } = startCall()
    const reading = eventsOf(call)
    call.end('node')
    expect(await reading).toEqual([{ type: 'ended', reason: 'node' }])
  })

  it('refuses a second loop beside the first', async () => {
    const { call } = startCall()
    const reading = eventsOf(call)
    await expect(eventsOf(call)).rejects.toThrow('a loop reads the events of this call already')
    call.end('caller')
    expect((await reading).length).toBe(1)
  })

  it('goes on in a second loop where the first one left off', async () => {
    const { call, press } = startCall()
    press('12')
    for await (const event of call) {
      expect(event).toEqual({ type: 'dtmf', digit: '1' })
      break
    }
    const reading = typesOf(call)
    call.end('caller')
    expect(await reading).toEqual(['dtmf', 'ended'])
  })

  it('goes on after a loop that threw', async () => {
    const { call, press } = startCall()
    press('1')
    const failing = async () => {
      for await (const event of call) throw new Error(event.type)
    }
    await expect(failing()).rejects.toThrow('dtmf')
    const reading = typesOf(call)
    call.end('caller')
    expect(await reading).toEqual(['ended'])
  })

  it('has nothing more to give once the call is over, and is no error', async () => {
    const { call } = startCall()
    call.end('caller')
    expect(await typesOf(call)).toEqual(['ended'])
    expect(await typesOf(call)).toEqual([])
  })
})

describe('write', () => {
  it('sends audio at once, as it is', () => {
    const { call, sent } = startCall()
    const audio = frame()
    call.write(audio)
    call.write(new AudioChunk(audio, mulaw8k))
    expect(sent).toEqual([
      { type: 'write', utterance: 1, audio },
      { type: 'write', utterance: 1, audio },
    ])
  })

  it('cuts minutes of audio into messages that the node takes, and loses nothing', () => {
    const { call, sent } = startCall()
    const audio = Uint8Array.from({ length: 2 * maxFrameBytes + 2 }, (_, i) => i % 251)
    call.write(audio)
    const pieces = sent.flatMap((command) => (command.type === 'write' ? [command.audio] : []))
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(maxFrameBytes / 2)
    expect(pieces.every((piece) => piece.length % 2 === 0)).toBe(true)
    expect(Buffer.concat(pieces).equals(audio)).toBe(true)
  })
})

describe('play', () => {
  const rate = { sampleRateHz: 8000 }

  it('hands the audio over and resolves when the node says that it was heard', async () => {
    const { call, sent, types } = startCall()
    const utterance = call.play(silence(300, 8000), rate)
    await settled()
    expect(types()).toEqual(['play', 'play', 'play-end'])
    const ms = sent.reduce(
      (ms, command) => ms + (command.type === 'play' ? durationMs(mulaw8k, command.audio.length) : 0),
      0,
    )
    expect(ms).toBe(300)
    call.receive({
      type: 'utterance',
      report: { utterance: utterance.id, sentMs: 300, heardMs: 300, uncertaintyMs: 0, finished: {} },
    })
    expect(await utterance).toEqual({ heardMs: 300, uncertaintyMs: 0, totalMs: 300, interrupted: false, by: undefined })
  })

  it('prints why something could not be played', async () => {
    const { call, printed } = startCall()
    call.play('./nowhere.wav')
    await expect.poll(() => printed.join('')).toMatch(/^play: \.\/nowhere\.wav: there is no file .*nowhere\.wav\n$/)
  })
})

describe('marks', () => {
  const rate = { sampleRateHz: 8000 }

  it('given with what is played tell which words were heard', async () => {
    const { call } = startCall()
    const marks = [
      { atMs: 0, text: 'Good ' },
      { atMs: 200, text: 'morning.' },
    ]
    const utterance = call.play(silence(400, 8000), { ...rate, marks })
    await settled()
    expect(utterance.marks).toEqual(marks)
    const report = { utterance: 1, sentMs: 400, heardMs: 250, uncertaintyMs: 5 }
    call.receive({ type: 'utterance', report })
    expect(utterance.textHeard).toBe('Good ')
    call.receive({ type: 'utterance', report: { ...report, finished: { cutBy: 'bot' } } })
    expect(await utterance).toEqual({
      heardMs: 250,
      uncertaintyMs: 5,
      totalMs: 400,
      interrupted: true,
      by: 'bot',
      textHeard: 'Good ',
    })
  })

  it('that are none reject, are printed, and nothing is played', async () => {
    const { call, printed, types } = startCall()
    const wrong = call.play(silence(400, 8000), { ...rate, marks: [{ atMs: -1, text: 'x' }] })
    await expect(wrong).rejects.toThrow(TypeError)
    expect(printed).toEqual([expect.stringMatching(/^play: a mark is \{ atMs, text \}/)])
    await settled()
    expect(types()).toEqual([])
  })
})

describe('clear', () => {
  it('cuts what is played, and tells the node even when nothing is', async () => {
    const { call, types } = startCall()
    call.clear()
    const utterance = call.play(silence(300, 8000), { sampleRateHz: 8000 })
    call.clear()
    expect((await utterance).by).toBe('bot')
    expect(types()).toEqual(['clear', 'clear'])
  })
})

describe('checkpoint', () => {
  it('resolves to true once everything before it was heard', async () => {
    const { call, sent } = startCall()
    const heard = call.checkpoint('greeting')
    expect(sent).toEqual([{ type: 'checkpoint', name: 'greeting' }])
    call.receive({ type: 'checkpoint-played', name: 'other' })
    call.receive({ type: 'checkpoint-played', name: 'greeting' })
    expect(await heard).toBe(true)
  })

  it('goes behind what is being played', async () => {
    const { call, types } = startCall()
    call.play(silence(100, 8000), { sampleRateHz: 8000 })
    void call.checkpoint()
    expect(types()).toEqual([])
    await settled()
    expect(types()).toEqual(['play', 'play-end', 'checkpoint'])
  })

  it('gets names of its own', async () => {
    const { call, sent } = startCall()
    const first = call.checkpoint()
    void call.checkpoint()
    const names = sent.map((command) => (command.type === 'checkpoint' ? command.name : ''))
    expect(new Set(names).size).toBe(2)
    call.receive({ type: 'checkpoint-played', name: names[0] ?? '' })
    expect(await first).toBe(true)
  })

  it('resolves to false when it was cleared, and its late acknowledgement is nobody’s', async () => {
    const { call } = startCall()
    const heard = call.checkpoint('greeting')
    call.clear()
    expect(await heard).toBe(false)
    call.receive({ type: 'checkpoint-played', name: 'greeting' })
  })

  it('resolves to false when the call ends, or has ended', async () => {
    const { call, sent } = startCall()
    const heard = call.checkpoint('greeting')
    call.end('caller')
    expect(await heard).toBe(false)
    expect(await call.checkpoint('late')).toBe(false)
    expect(sent.length).toBe(1)
  })

  it('that was cleared before the node heard of it is never sent, so that its name is free', async () => {
    const { call, sent } = startCall()
    call.play(silence(100, 8000), { sampleRateHz: 8000 })
    const first = call.checkpoint('a')
    call.clear()
    const second = call.checkpoint('a')
    await settled()
    expect(sent).toEqual([{ type: 'clear' }, { type: 'checkpoint', name: 'a' }])
    expect(await first).toBe(false)
    call.receive({ type: 'checkpoint-played', name: 'a' })
    expect(await second).toBe(true)
  })

  it('refuses names that the node keeps for itself: it would never be acknowledged', async () => {
    const { call, sent } = startCall()
    await expect(call.checkpoint('offhook-1')).rejects.toThrow(RangeError)
    expect(sent).toEqual([])
  })

  it('refuses a name that is waiting already', async () => {
    const { call } = startCall()
    void call.checkpoint('a')
    await expect(call.checkpoint('a')).rejects.toThrow('checkpoint a is waiting already')
  })
})

describe('digits', () => {
  it('collects key presses, which are then no events', async () => {
    const { call, press } = startCall()
    const collecting = call.digits({ max: 3 })
    press('123')
    expect(await collecting).toEqual({ digits: '123', endedBy: 'max' })
    call.end('caller')
    expect(await typesOf(call)).toEqual(['ended'])
  })

  it('leaves the keys behind the last one to the loop, at once', async () => {
    const { call, press } = startCall()
    const collecting = call.digits({ max: 2 })
    press('123')
    expect((await collecting).digits).toBe('12')
    call.end('caller')
    expect(await eventsOf(call)).toEqual([
      { type: 'dtmf', digit: '3' },
      { type: 'ended', reason: 'caller' },
    ])
  })

  it('counts keys that were pressed before it was asked, unless a loop has read them', async () => {
    const { call, press, hear } = startCall()
    press('1')
    for await (const event of call) {
      expect(event.type).toBe('dtmf')
      break
    }
    press('2')
    hear()
    press('3')
    const collecting = call.digits({ max: 3 })
    press('4')
    expect(await collecting).toEqual({ digits: '234', endedBy: 'max' })
    call.end('caller')
    expect(await typesOf(call)).toEqual(['audio', 'ended'])
  })

  it('takes no more of those than it needs', async () => {
    const { call, press } = startCall()
    press('12#4')
    expect(await call.digits({ max: 10, until: '#' })).toEqual({ digits: '12', endedBy: 'until' })
    expect(await call.digits()).toEqual({ digits: '4', endedBy: 'max' })
  })

  it('gives up in time, and a key pressed at that very moment is an event again', async () => {
    const { call, clock, press } = startCall()
    const collecting = call.digits({ max: 3, timeoutMs: 1000 })
    clock.advance(1000)
    press('7')
    expect(await collecting).toEqual({ digits: '', endedBy: 'timeout' })
    call.end('caller')
    expect(await typesOf(call)).toEqual(['dtmf', 'ended'])
  })

  it('ends with the call, with what it has', async () => {
    const { call, clock, press } = startCall()
    const collecting = call.digits({ max: 3 })
    press('1')
    call.end('caller')
    expect(await collecting).toEqual({ digits: '1', endedBy: 'hang-up' })
    expect(clock.pending).toBe(0)
  })

  it('after the end of the call gives what was pressed before it', async () => {
    const { call, clock, press } = startCall()
    press('12')
    call.end('caller')
    expect(await call.digits()).toEqual({ digits: '1', endedBy: 'max' })
    expect(await call.digits({ max: 2 })).toEqual({ digits: '2', endedBy: 'hang-up' })
    expect(clock.pending).toBe(0)
  })

  it('refuses to collect twice at once, and can be asked again afterwards', async () => {
    const { call, press } = startCall()
    const first = call.digits()
    await expect(call.digits()).rejects.toThrow('digits is collecting already; await it first')
    press('1')
    expect((await first).digits).toBe('1')
    const second = call.digits()
    press('2')
    expect((await second).digits).toBe('2')
  })
})

describe('sendDigits', () => {
  it('sends keys as they are', () => {
    const { call, sent } = startCall()
    void call.sendDigits('12*#AD')
    expect(sent).toEqual([{ type: 'request', id: 1, request: { verb: 'send-digits', digits: '12*#AD' } }])
  })

  it.each(['', 'E', '1 2'])('refuses what is no key: "%s"', async (digits) => {
    const { call, sent } = startCall()
    await expect(call.sendDigits(digits)).rejects.toThrow(RangeError)
    expect(sent).toEqual([])
  })
})

describe('hangUp', () => {
  it('asks the node, and the call is over when the node says so', () => {
    const { call, types } = startCall()
    void call.hangUp()
    expect(types()).toEqual(['hang-up'])
    expect(call.signal.aborted).toBe(false)
  })
})

describe('after the end', () => {
  it('the signal has fired, with a reason that a fetch rejects with', async () => {
    const { call } = startCall()
    const aborted: unknown[] = []
    call.signal.addEventListener('abort', () => aborted.push(call.signal.reason))
    call.end('caller')
    expect(aborted.length).toBe(1)
    expect(call.signal.reason).toBeInstanceOf(Error)
    await expect(fetch('data:,hello', { signal: call.signal })).rejects.toBe(call.signal.reason)
  })

  it('no verb sends anything, and each one returns', async () => {
    const { call, sent, printed } = startCall()
    call.end('caller')
    call.write(frame())
    call.clear()
    await expect(call.sendDigits('1')).rejects.toMatchObject({ code: 'call-over' })
    await call.hangUp()
    expect(await call.play('./nowhere.wav')).toMatchObject({ heardMs: 0, interrupted: true, by: 'hang-up' })
    expect(await call.checkpoint()).toBe(false)
    expect(await call.digits()).toEqual({ digits: '', endedBy: 'hang-up' })
    await settled()
    expect(sent).toEqual([])
    expect(printed).toEqual([])
  })

  it('what was being played is over, cut by the hang-up', async () => {
    const { call, types } = startCall()
    const utterance = call.play(silence(60_000, 8000), { sampleRateHz: 8000 })
    await settled()
    call.end('caller')
    const before = types().length
    expect((await utterance).by).toBe('hang-up')
    await settled()
    expect(types().length).toBe(before)
  })

  it('nothing that comes late is an event', async () => {
    const { call, press, hear } = startCall()
    call.end('caller')
    press('1')
    hear()
    call.end('node')
    expect(await eventsOf(call)).toEqual([{ type: 'ended', reason: 'caller' }])
  })
})

it('keeps 10 s of audio for a bot that does not read, and every key press', async () => {
  const { call, press, hear } = startCall()
  press('1')
  for (let i = 0; i < 600; i++) hear(new Uint8Array(bytesOf(mulaw8k, 20)).fill(0xff))
  press('2')
  call.end('caller')
  const types = await typesOf(call)
  expect(types.filter((type) => type === 'audio').length).toBe(500)
  expect(types.filter((type) => type === 'dtmf').length).toBe(2)
})

describe('audio that was dropped because nobody read it', () => {
  it('is told once, at the end, to a bot that reads', async () => {
    const { call, hear, printed } = startCall()
    for (let i = 0; i < 600; i++) hear()
    for await (const event of call) if (event.type === 'audio') break
    for (let i = 0; i < 11; i++) hear()
    expect(printed).toEqual([])
    call.end('caller')
    expect(printed).toEqual(['the bot did not read 110 audio events in time; the oldest were dropped\n'])
  })

  it('is no news to a bot that never reads', () => {
    const { call, hear, printed } = startCall()
    for (let i = 0; i < 600; i++) hear()
    call.end('caller')
    expect(printed).toEqual([])
  })
})

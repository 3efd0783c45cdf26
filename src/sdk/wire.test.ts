import { Writable } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Frame, FrameReader, FrameWriter, FramingError, frameType } from './frames.ts'
import type { BotCommand, BotEvent, UtteranceReport } from './protocol.ts'
import { readCommand, readEvent, readJson, writeCommand, writeEvent } from './wire.ts'

/** The frames that `write` wrote, after a trip through bytes. */
function framesOf(write: (writer: FrameWriter) => void): Frame[] {
  const frames: Frame[] = []
  const reader = new FrameReader()
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      reader.push(chunk, (frame) => frames.push(frame))
      done()
    },
  })
  const writer = new FrameWriter(sink)
  write(writer)
  writer.flush()
  return frames
}

/** Compared by value: whatever class holds the bytes. */
const plain = <T extends BotEvent | BotCommand>(message: T | undefined) =>
  message && ('audio' in message ? { ...message, audio: [...message.audio] } : { ...message })

const u32 = fc.nat({ max: 0xffffffff })
const ms = fc.double({ noNaN: true })
const text = fc.string({ unit: 'grapheme' })
const audio = fc.uint8Array({ maxLength: 700 })

type Event<Type extends BotEvent['type']> = Extract<BotEvent, { type: Type }>
type Command<Type extends BotCommand['type']> = Extract<BotCommand, { type: Type }>

const finish = fc.oneof(
  fc.constant(undefined),
  ms.map((heardMs) => ({ heardMs })),
  fc.tuple(ms, fc.constantFrom('bot' as const, 'hang-up' as const)).map(([heardMs, cutBy]) => ({ heardMs, cutBy })),
)

const toReport = ([utterance, sentMs, finished]: [
  number,
  number,
  UtteranceReport['finished'] | undefined,
]): UtteranceReport => ({ utterance, sentMs, ...(finished && { finished }) })

/** One of each: the compiler asks for a line when the protocol gets a new event. */
const events: { [Type in BotEvent['type']]: fc.Arbitrary<Event<Type>> } = {
  audio: fc.record(
    {
      type: fc.constant('audio' as const),
      audio,
      track: fc.constantFrom('inbound' as const, 'outbound' as const),
      timestampMs: ms,
      chunk: fc.integer({ min: 1, max: 0xffffffff }),
    },
    { requiredKeys: ['type', 'audio', 'track'] },
  ),
  dtmf: fc.record({ type: fc.constant('dtmf' as const), digit: fc.constantFrom(...Array.from('0123456789*#ABCD')) }),
  'checkpoint-played': fc.record({ type: fc.constant('checkpoint-played' as const), name: text }),
  message: fc.record({ type: fc.constant('message' as const), raw: text }),
  utterance: fc.record({
    type: fc.constant('utterance' as const),
    report: fc.tuple(u32, ms, finish).map(toReport),
  }),
}

const commands: { [Type in BotCommand['type']]: fc.Arbitrary<Command<Type>> } = {
  write: fc.record({ type: fc.constant('write' as const), audio }),
  play: fc.record({ type: fc.constant('play' as const), utterance: u32, audio }),
  'play-end': fc.record({ type: fc.constant('play-end' as const), utterance: u32 }),
  stop: fc.record({ type: fc.constant('stop' as const), utterance: u32 }),
  clear: fc.record({ type: fc.constant('clear' as const) }),
  checkpoint: fc.record({ type: fc.constant('checkpoint' as const), name: text }),
  'send-digits': fc.record({ type: fc.constant('send-digits' as const), digits: text }),
  'hang-up': fc.record({ type: fc.constant('hang-up' as const) }),
  message: fc.record({ type: fc.constant('message' as const), raw: text }),
}

describe.each(Object.entries(events))('the event %s', (_type, arbitrary: fc.Arbitrary<BotEvent>) => {
  it('comes out as it went in, with its call, and is no command', () => {
    fc.assert(
      fc.property(u32, arbitrary, (call, event) => {
        const frames = framesOf((writer) => writeEvent(writer, call, event))
        expect(frames.map((frame) => frame.call)).toEqual([call])
        expect(frames.map((frame) => plain(readEvent(frame)))).toStrictEqual([plain(event)])
        expect(frames.map(readCommand)).toEqual([undefined])
      }),
    )
  })
})

describe.each(Object.entries(commands))('the command %s', (_type, arbitrary: fc.Arbitrary<BotCommand>) => {
  it('comes out as it went in, with its call, and is no event', () => {
    fc.assert(
      fc.property(u32, arbitrary, (call, command) => {
        const frames = framesOf((writer) => writeCommand(writer, call, command))
        expect(frames.map((frame) => frame.call)).toEqual([call])
        expect(frames.map((frame) => plain(readCommand(frame)))).toStrictEqual([plain(command)])
        expect(frames.map(readEvent)).toEqual([undefined])
      }),
    )
  })
})

const frame = (type: number, payload: Uint8Array): Frame => ({ type, call: 1, payload: Buffer.from(payload) })

describe('malformed frames', () => {
  it.each([
    ['audio without its header', frameType.audio, 12],
    ['a report that is too short', frameType.utterance, 20],
  ])('%s breaks the connection', (_what, type, bytes) => {
    expect(() => readEvent(frame(type, new Uint8Array(bytes)))).toThrow(FramingError)
    expect(() => readEvent(frame(type, new Uint8Array(bytes + 1)))).not.toThrow()
  })

  it.each([
    ['play', frameType.play],
    ['play-end', frameType.playEnd],
    ['stop', frameType.stop],
  ])('%s without its utterance breaks the connection', (_what, type) => {
    expect(() => readCommand(frame(type, new Uint8Array(3)))).toThrow(FramingError)
    expect(() => readCommand(frame(type, new Uint8Array(4)))).not.toThrow()
  })

  it('an utterance that finished in an unknown way breaks the connection: nobody would ever learn of its end', () => {
    const report = new Uint8Array(21)
    report[20] = 4
    expect(() => readEvent(frame(frameType.utterance, report))).toThrow(FramingError)
  })

  it('JSON that is none breaks the connection, and the error says which frame it was', () => {
    expect(() => readJson(frame(frameType.start, Buffer.from('{"callId":')))).toThrow(FramingError)
    expect(() => readJson(frame(frameType.start, Buffer.from('{"callId":')))).toThrow('frame type 1')
  })

  it('a number that neither side knows is no event, no command and no error', () => {
    expect(readEvent(frame(200, new Uint8Array(0)))).toBeUndefined()
    expect(readCommand(frame(200, new Uint8Array(0)))).toBeUndefined()
  })
})

it('a carrier that does not count its frames gets no chunk number: 0 on the wire is unknown', () => {
  const event: BotEvent = { type: 'audio', audio: Uint8Array.of(1), track: 'inbound', chunk: 0 }
  const [received] = framesOf((writer) => writeEvent(writer, 1, event))
  expect(received && readEvent(received)).not.toHaveProperty('chunk')
})

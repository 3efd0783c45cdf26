import { Writable } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlFailureCodes } from './control.ts'
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

const stopBy = fc.constantFrom('bot' as const, 'speech' as const, 'key' as const)
const finished = fc.oneof(
  fc.constant({}),
  fc.constantFrom('bot' as const, 'speech' as const, 'key' as const, 'hang-up' as const).map((cutBy) => ({ cutBy })),
)
const report: fc.Arbitrary<UtteranceReport> = fc.record(
  { utterance: u32, sentMs: ms, heardMs: ms, uncertaintyMs: ms, finished },
  { requiredKeys: ['utterance', 'sentMs', 'heardMs', 'uncertaintyMs'], noNullPrototype: true },
)
/** What JSON brings back as it was: -0 comes back as 0. */
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)))
const failure = fc.record(
  { code: fc.constantFrom(...controlFailureCodes), message: text, fix: text },
  { requiredKeys: ['code', 'message'], noNullPrototype: true },
)

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
    report,
  }),
  reply: fc.oneof(
    fc.record({ type: fc.constant('reply' as const), id: u32, result: json }),
    fc.record({ type: fc.constant('reply' as const), id: u32, failure }),
  ),
}

const commands: { [Type in BotCommand['type']]: fc.Arbitrary<Command<Type>> } = {
  write: fc.record({ type: fc.constant('write' as const), utterance: u32, audio }),
  play: fc.record({ type: fc.constant('play' as const), utterance: u32, audio }),
  'play-end': fc.record({ type: fc.constant('play-end' as const), utterance: u32 }),
  stop: fc.record({ type: fc.constant('stop' as const), utterance: u32, by: stopBy }),
  clear: fc.record({ type: fc.constant('clear' as const) }),
  checkpoint: fc.record({ type: fc.constant('checkpoint' as const), name: text }),
  request: fc.record({ type: fc.constant('request' as const), id: u32, request: json }),
  cancel: fc.record({ type: fc.constant('cancel' as const), id: u32, by: stopBy }),
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
    ['a report that is too short', frameType.utterance, 28],
  ])('%s breaks the connection', (_what, type, bytes) => {
    expect(() => readEvent(frame(type, new Uint8Array(bytes)))).toThrow(FramingError)
    expect(() => readEvent(frame(type, new Uint8Array(bytes + 1)))).not.toThrow()
  })

  it.each([
    ['write', frameType.write, 4],
    ['play', frameType.play, 4],
    ['play-end', frameType.playEnd, 4],
    ['stop', frameType.stop, 5],
    ['cancel', frameType.cancel, 5],
  ])('%s without its number, or who wants it, breaks the connection', (_what, type, least) => {
    expect(() => readCommand(frame(type, new Uint8Array(3)))).toThrow(FramingError)
    expect(() => readCommand(frame(type, new Uint8Array(least - 1)))).toThrow(FramingError)
    expect(() => readCommand(frame(type, new Uint8Array(least)))).not.toThrow()
  })

  it.each([1, 3, 9])('a stop by %i, which is nobody that can stop anything, is the bot’s', (by) => {
    expect(readCommand(frame(frameType.stop, Uint8Array.of(0, 0, 0, 1, by)))).toMatchObject({ by: 'bot' })
  })

  it.each([
    ['a request without its number', '{"request":{}}'],
    ['a request that is no object', '7'],
    ['a request that is null', 'null'],
  ])('%s breaks the connection', (_what, json) => {
    expect(() => readCommand(frame(frameType.request, Buffer.from(json)))).toThrow(FramingError)
  })

  it.each([
    ['a reply without its number', '{"result":{}}'],
    ['a failure that is no object', '{"id":1,"failure":"no"}'],
    ['a failure without a message', '{"id":1,"failure":{"code":"busy"}}'],
    ['a failure of an unknown kind', '{"id":1,"failure":{"code":"tired","message":"m"}}'],
  ])('%s breaks the connection', (_what, json) => {
    expect(() => readEvent(frame(frameType.reply, Buffer.from(json)))).toThrow(FramingError)
  })

  it('an utterance that finished in an unknown way breaks the connection: nobody would ever learn of its end', () => {
    const report = new Uint8Array(29)
    report[28] = 6
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

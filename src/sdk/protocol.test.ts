import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { type Frame, FrameReader, FrameWriter, frameType } from './frames.ts'
import {
  type BotCommand,
  type BotEvent,
  maxFrameBytes,
  nodeCheckpointPrefix,
  playWindowMs,
  protocolVersion,
} from './protocol.ts'
import { socketPieceBytes, socketWindowBytes } from './socket-channel.ts'
import { readCommand, readEvent, readJson, writeCommand, writeEvent } from './wire.ts'

const document = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')

type Side = 'host' | 'node'

/** The bytes of the example, run by run of the same sender. */
function exampleRuns(): { from: Side; bytes: Buffer }[] {
  const [, example = ''] = /```hex\n([^]*?)```/.exec(document) ?? []
  const runs: { from: Side; bytes: Buffer }[] = []
  for (const line of example.trimEnd().split('\n')) {
    const [, from, hex = ''] =
      /^(?:(host|node) → \w+)? +([0-9a-f]{2}(?: {1,2}[0-9a-f]{2})*)(?: {3,}.*)?$/.exec(line) ?? []
    if (hex === '') throw new Error(`not a line of the example: ${line}`)
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    const last = runs.at(-1)
    if (last && (from === undefined || from === last.from)) last.bytes = Buffer.concat([last.bytes, bytes])
    else runs.push({ from: from === 'node' ? 'node' : 'host', bytes })
  }
  return runs
}

function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  new FrameReader().push(bytes, (frame) => frames.push(frame))
  return frames
}

function written(write: (writer: FrameWriter) => void): Buffer {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const writer = new FrameWriter(sink)
  write(writer)
  writer.flush()
  return Buffer.concat(chunks)
}

const audio: BotEvent = {
  type: 'audio',
  audio: Buffer.of(0xff, 0xff, 0x7f, 0x7f),
  track: 'inbound',
  chunk: 1,
  timestampMs: 20,
}
const offers = { calls: true, sessions: false }
const key: BotEvent = { type: 'dtmf', digit: '5' }
const play: BotCommand = {
  type: 'play',
  utterance: 1,
  audio: Buffer.of(0xff, 0xff, 0xff, 0xff, 0x7f, 0x7f, 0x7f, 0x7f),
}
const playEnd: BotCommand = { type: 'play-end', utterance: 1 }
const heard: BotEvent = {
  type: 'utterance',
  report: { utterance: 1, sentMs: 1, heardMs: 1, uncertaintyMs: 0, finished: {} },
}

/** What the example says, run by run. */
const conversation: { from: Side; write: (writer: FrameWriter) => void }[] = [
  {
    from: 'host',
    write: (writer) => writer.writeJson(frameType.ready, 0, { protocol: protocolVersion, pid: 4242, offers }),
  },
  {
    from: 'node',
    write(writer) {
      writeEvent(writer, 1, audio)
      writeEvent(writer, 1, key)
    },
  },
  {
    from: 'host',
    write(writer) {
      writeCommand(writer, 1, play)
      writeCommand(writer, 1, playEnd)
      writer.write(frameType.returned, 1)
    },
  },
  {
    from: 'node',
    write(writer) {
      writeEvent(writer, 1, heard)
      writer.writeText(frameType.end, 1, 'bot')
    },
  },
]

describe('the example of PROTOCOL.md', () => {
  it('is what the code writes, byte for byte', () => {
    const hex = (bytes: Buffer) => bytes.toString('hex')
    expect(exampleRuns().map(({ from, bytes }) => ({ from, hex: hex(bytes) }))).toEqual(
      conversation.map(({ from, write }) => ({ from, hex: hex(written(write)) })),
    )
  })

  it('is what the code reads', () => {
    const [hello, events, commands, reports] = exampleRuns().map(({ bytes }) => framesIn(bytes))
    expect(hello?.map((frame) => [frame.type, frame.call, readJson(frame)])).toEqual([
      [frameType.ready, 0, { protocol: protocolVersion, pid: 4242, offers }],
    ])
    expect(events?.map(readEvent)).toEqual([audio, key])
    expect(commands?.map(readCommand)).toEqual([play, playEnd, undefined])
    expect(reports?.map(readEvent)).toEqual([heard, undefined])
  })
})

describe('PROTOCOL.md', () => {
  it('has each frame with its number, its name and its direction', () => {
    const tables = [...document.matchAll(/^## (Node to host|Host to node)\n\n((?:\|.*\n)+)/gm)]
    const listed = tables.flatMap(([, direction, table = '']) =>
      [...table.matchAll(/^\| (\d+) \| `([a-z-]+)` \|/gm)].map(([, number, name]) => `${direction}: ${number} ${name}`),
    )
    const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const known = Object.entries(frameType).map(([name, number]) => {
      const direction = number < frameType.ready ? 'Node to host' : 'Host to node'
      return `${direction}: ${number} ${name === 'rawMessage' ? 'message' : kebab(name)}`
    })
    expect(listed).toEqual(known)
  })

  it('has the numbers that the code has', () => {
    const flowing = document.replaceAll(/\s+/g, ' ')
    expect(flowing).toContain(`This is **version ${protocolVersion}**`)
    expect(flowing).toContain(`A frame has at most ${maxFrameBytes} bytes`)
    expect(flowing).toContain(`a host hands over at most ${playWindowMs} ms more`)
    expect(flowing).toContain(`A side has at most ${socketWindowBytes} bytes of such frames`)
    expect(flowing).toContain(`a piece has at most ${socketPieceBytes} bytes`)
    expect(flowing).toContain(`Names beginning with \`${nodeCheckpointPrefix}\``)
  })
})

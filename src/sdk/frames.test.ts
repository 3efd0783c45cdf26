import { Writable } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Frame, FrameReader, FrameWriter, FramingError, frameType, maxUnreadBytes } from './frames.ts'
import { maxFrameBytes } from './protocol.ts'

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** A far side that reads at once and notes each write that reached it. */
class Reading extends Writable {
  readonly writes: Buffer[] = []

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk)
    done()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes)
  }
}

/** A far side that has stopped reading. */
class Stuck extends Writable {
  override _write(): void {}
}

const header = (length: number, type = 2, call = 1): Buffer => {
  const bytes = Buffer.alloc(9)
  bytes.writeUInt32BE(length, 0)
  bytes.writeUInt8(type, 4)
  bytes.writeUInt32BE(call, 5)
  return bytes
}

const read = (chunks: readonly Buffer[], reader = new FrameReader()): Frame[] => {
  const frames: Frame[] = []
  for (const chunk of chunks) reader.push(chunk, (frame) => frames.push(frame))
  return frames
}

const written = (write: (writer: FrameWriter) => void): Buffer => {
  const sink = new Reading()
  const writer = new FrameWriter(sink)
  write(writer)
  writer.flush()
  return sink.bytes
}

const anyFrame = fc.record({
  type: fc.nat({ max: 255 }),
  call: fc.nat({ max: 0xffffffff }),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
})

describe('frame types', () => {
  it('have numbers of their own, the host’s from 64', () => {
    const numbers = Object.values(frameType)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(Math.max(...numbers)).toBeLessThan(256)
  })
})

describe('FrameReader', () => {
  it('gives the frames that were written, however their bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 400 })), (frames, cuts) => {
        const bytes = written((writer) => {
          for (const { type, call, payload } of frames) writer.write(type, call, payload)
        })
        const chunks: Buffer[] = []
        let at = 0
        for (const cut of cuts) chunks.push(bytes.subarray(at, (at += cut)))
        chunks.push(bytes.subarray(at))
        expect(read(chunks)).toEqual(frames)
      }),
    )
  })

  it('gives them byte by byte as well', () => {
    const bytes = written((writer) => {
      writer.writeText(frameType.dtmf, 7, '5')
      writer.write(frameType.clear, 8)
    })
    expect(read(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual([
      { type: frameType.dtmf, call: 7, payload: Buffer.from('5') },
      { type: frameType.clear, call: 8, payload: Buffer.alloc(0) },
    ])
  })

  it('keeps a payload as it is while later bytes arrive', () => {
    const reader = new FrameReader()
    const bytes = written((writer) => writer.writeText(frameType.message, 1, 'first'))
    const [first] = read([bytes.subarray(0, 11), bytes.subarray(11)], reader)
    read([written((writer) => writer.writeText(frameType.message, 1, 'other'))], reader)
    expect(first?.payload.toString()).toBe('first')
  })

  it.each([0, 1, 4])('breaks on a frame of %d bytes, which has no room for its header', (length) => {
    expect(() => read([header(length)])).toThrow(FramingError)
  })

  it('takes a frame without payload', () => {
    expect(read([header(5)])).toEqual([{ type: 2, call: 1, payload: Buffer.alloc(0) }])
  })

  it('takes the longest frame', () => {
    const payload = Buffer.alloc(maxFrameBytes - 9, 7)
    const frames = read([header(maxFrameBytes - 4), payload])
    expect(frames.map((frame) => frame.payload.length)).toEqual([payload.length])
  })

  it('breaks on a frame one byte longer as soon as its length is known', () => {
    expect(() => read([header(maxFrameBytes - 3).subarray(0, 4)])).toThrow(FramingError)
  })

  it('gives the good frames that come before a bad one', () => {
    const good = written((writer) => writer.writeText(frameType.dtmf, 1, '1'))
    const frames: Frame[] = []
    const reader = new FrameReader()
    expect(() => reader.push(Buffer.concat([good, header(0)]), (frame) => frames.push(frame))).toThrow(FramingError)
    expect(frames.length).toBe(1)
  })
})

describe('FrameWriter', () => {
  it('lays a frame out as length, type, call, prefix, payload', () => {
    const bytes = written((writer) => writer.write(66, 0x01020304, Uint8Array.of(0xaa, 0xbb), Uint8Array.of(1, 2)))
    expect(bytes.toString('hex')).toBe(['00000009', '42', '01020304', '0102', 'aabb'].join(''))
  })

  it('writes once per turn of the event loop, in order', async () => {
    const sink = new Reading()
    const writer = new FrameWriter(sink)
    for (const digit of '123') writer.writeText(frameType.dtmf, 1, digit)
    expect(sink.writes.length).toBe(0)
    await turn()
    expect(sink.writes.length).toBe(1)
    writer.writeText(frameType.dtmf, 1, '4')
    await turn()
    expect(sink.writes.length).toBe(2)
    expect(read(sink.writes).map((frame) => frame.payload.toString())).toEqual(['1', '2', '3', '4'])
  })

  it('writes at once when it is flushed, and what was flushed not again', async () => {
    const sink = new Reading()
    const writer = new FrameWriter(sink)
    writer.writeText(frameType.dtmf, 1, '1')
    writer.flush()
    expect(sink.writes.length).toBe(1)
    await turn()
    writer.flush()
    expect(sink.writes.length).toBe(1)
  })

  it('takes a copy, so that the caller may use its bytes again', () => {
    const sink = new Reading()
    const writer = new FrameWriter(sink)
    const audio = Uint8Array.of(1, 2, 3)
    writer.write(frameType.write, 1, audio)
    audio.fill(9)
    writer.flush()
    expect(read(sink.writes)[0]?.payload).toEqual(Buffer.of(1, 2, 3))
  })

  it('writes text as UTF-8, and values as JSON', () => {
    const frames = read([
      written((writer) => {
        writer.writeText(frameType.checkpoint, 1, 'Grüße 🙂')
        writer.writeJson(frameType.printed, 1, { stream: 'stdout', text: 'é\n' })
      }),
    ])
    expect(frames[0]?.payload.toString('utf8')).toBe('Grüße 🙂')
    expect(JSON.parse(frames[1]?.payload.toString('utf8') ?? '')).toEqual({ stream: 'stdout', text: 'é\n' })
  })

  it('refuses a message longer than a frame, which would end the connection, and sends the others', () => {
    const sink = new Reading()
    const writer = new FrameWriter(sink)
    writer.writeText(frameType.dtmf, 1, '1')
    expect(() => writer.write(frameType.write, 1, new Uint8Array(maxFrameBytes - 8))).toThrow(RangeError)
    writer.write(frameType.write, 1, new Uint8Array(maxFrameBytes - 9))
    writer.flush()
    expect(read(sink.writes).map((frame) => frame.payload.length)).toEqual([1, maxFrameBytes - 9])
  })

  it('says when the far side has more than 8 MiB unread, and not before', () => {
    let stuck = 0
    const writer = new FrameWriter(new Stuck(), { onStuck: () => stuck++, maxUnreadBytes: () => maxUnreadBytes })
    const piece = new Uint8Array(1024 * 1024 - 9)
    for (let written = 1; written <= 8; written++) {
      writer.write(frameType.message, 1, piece)
      writer.flush()
    }
    expect(stuck).toBe(0)
    writer.write(frameType.clear, 1)
    writer.flush()
    expect(stuck).toBe(1)
  })
})

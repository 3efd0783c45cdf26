import { describe, expect, it } from 'vitest'
import { FramingError } from './frames.ts'
import { SocketChannel, socketPieceBytes, socketWindowBytes } from './socket-channel.ts'

/** Two ends, with what is under way held until the test delivers it. */
class Ends {
  readonly left: SocketChannel
  readonly right: SocketChannel
  /** What the right end was given and has not taken. */
  readonly untaken: { readonly data: Uint8Array; readonly binary: boolean; readonly take: () => void }[] = []
  readonly frames: Buffer[] = []
  underWay = 0

  constructor() {
    this.left = new SocketChannel({
      write: (flags, piece) => {
        this.underWay += piece.length + 10
        this.frames.push(Buffer.concat([flags, piece]))
      },
      grant: () => undefined,
      onMessage: () => undefined,
      maxHeldBytes: socketWindowBytes,
    })
    this.right = new SocketChannel({
      write: () => undefined,
      grant: (bytes) => {
        this.underWay -= bytes
        this.left.granted(bytes)
      },
      onMessage: (message, onTaken) => this.untaken.push({ ...message, take: onTaken }),
      maxHeldBytes: socketWindowBytes,
    })
  }

  send(data: Uint8Array | string, onTaken: () => void = () => undefined): void {
    this.left.send({ data: Buffer.from(data as string), binary: typeof data !== 'string' }, onTaken)
  }

  /** Delivers all there is, and what comes of it. */
  deliver(): void {
    while (this.frames.length > 0) for (const frame of this.frames.splice(0)) this.right.receive(frame)
  }
}

const pattern = Uint8Array.from({ length: 251 }, (_, at) => at)
const bytes = (length: number, seed = 0) => new Uint8Array(Buffer.alloc(length, pattern.subarray(seed)))

describe('a message', () => {
  it('arrives as what it was, text or bytes, empty or not', () => {
    const ends = new Ends()
    const sent = ['grüß dich', '', bytes(5), bytes(0)]
    for (const one of sent) ends.send(one)
    ends.deliver()
    expect(ends.untaken.map(({ data, binary }) => (binary ? [...data] : Buffer.from(data).toString()))).toEqual([
      'grüß dich',
      '',
      [...bytes(5)],
      [],
    ])
  })

  it('that is longer than the window arrives whole', () => {
    const ends = new Ends()
    const long = bytes(3 * socketWindowBytes + 11)
    ends.send(long)
    ends.deliver()
    expect(ends.untaken).toHaveLength(1)
    expect(Buffer.compare(ends.untaken[0]?.data ?? Buffer.alloc(0), long)).toBe(0)
  })

  it('goes in pieces of limited length', () => {
    const ends = new Ends()
    ends.send(bytes(3 * socketPieceBytes + 1))
    expect(ends.frames.map((frame) => frame.length - 1)).toEqual([
      socketPieceBytes,
      socketPieceBytes,
      socketPieceBytes,
      1,
    ])
  })
})

describe('the window', () => {
  it('lets no more under way than it says until messages are taken, and loses none', () => {
    const ends = new Ends()
    const count = 100
    for (let at = 0; at < count; at++) ends.send(bytes(10_000, at))
    let most = 0
    const got: number[] = []
    while (got.length < count) {
      ends.deliver()
      most = Math.max(most, ends.underWay)
      const next = ends.untaken.shift()
      if (!next) break
      got.push(next.data[0] ?? -1)
      next.take()
    }
    expect(got).toEqual(Array.from({ length: count }, (_, at) => bytes(1, at)[0]))
    expect(most).toBeLessThanOrEqual(socketWindowBytes)
    expect(most).toBeGreaterThan(socketWindowBytes / 2)
  })

  it('counts empty messages', () => {
    const ends = new Ends()
    for (let at = 0; at < 30_000; at++) ends.send('')
    ends.deliver()
    expect(ends.untaken).toHaveLength(Math.floor(socketWindowBytes / 10))
  })

  it('is whole again after all was taken, however long the messages were', () => {
    const ends = new Ends()
    for (let at = 0; at < 20; at++) {
      ends.send(bytes(at * 50_000))
      ends.deliver()
      for (const { take } of ends.untaken.splice(0)) take()
    }
    ends.deliver()
    expect(ends.underWay).toBe(0)
  })

  it('keeps a second long message waiting while the first is not taken', () => {
    const ends = new Ends()
    ends.send(bytes(2 * socketWindowBytes))
    ends.send(bytes(2 * socketWindowBytes, 2))
    ends.deliver()
    expect(ends.untaken).toHaveLength(1)
    expect(ends.underWay).toBeLessThanOrEqual(socketWindowBytes)
    ends.untaken.shift()?.take()
    ends.deliver()
    expect(ends.untaken).toHaveLength(1)
  })

  it('is enforced where the far side is not trusted', () => {
    const ends = new Ends()
    const piece = Buffer.concat([Uint8Array.of(1), bytes(socketPieceBytes)])
    expect(() => {
      for (let at = 0; at < 10; at++) ends.right.receive(piece)
    }).toThrow(FramingError)
    expect(() => new Ends().right.receive(Buffer.alloc(0))).toThrow('flags')
  })
})

describe('the sender', () => {
  it('learns when a message has left, and when all have', async () => {
    const ends = new Ends()
    const left: string[] = []
    ends.send(bytes(socketWindowBytes), () => left.push('long'))
    ends.send('short', () => left.push('short'))
    let idle = false
    void ends.left.idle.then(() => (idle = true))
    await Promise.resolve()
    expect([left, idle]).toEqual([[], false])
    ends.deliver()
    for (const { take } of ends.untaken) take()
    ends.deliver()
    await Promise.resolve()
    expect([left, idle]).toEqual([['long', 'short'], true])
  })

  it('that finishes writes the rest, whatever the window says', () => {
    const ends = new Ends()
    for (let at = 0; at < 60; at++) ends.send(bytes(10_000, at))
    expect(ends.frames.length).toBeLessThan(60)
    ends.left.finish()
    expect(ends.frames).toHaveLength(60)
  })

  it('that drops the rest keeps nobody waiting', async () => {
    const ends = new Ends()
    let taken = 0
    for (let at = 0; at < 60; at++) ends.send(bytes(10_000, at), () => taken++)
    ends.left.drop()
    await ends.left.idle
    expect(taken).toBe(60)
  })
})

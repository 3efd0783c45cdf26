import { type Duplex, duplexPair } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { patience } from '../../../test/support/patience.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { defineBot } from '../../sdk/bot.ts'
import { FrameReader, FrameWriter, frameType } from '../../sdk/frames.ts'
import { Host } from '../../sdk/host/host.ts'
import type { SessionStart } from '../../sdk/protocol.ts'
import type { Session } from '../../sdk/session.ts'
import { AskBudget } from './host-asks.ts'
import { HostSessionLink } from './host-session-link.ts'
import type { SessionOver } from '../link.ts'

const { stdout, stderr } = process
const write = { stdout: stdout.write.bind(stdout), stderr: stderr.write.bind(stderr) }
afterEach(() => {
  stdout.write = write.stdout
  stderr.write = write.stderr
})

/** A session between a node's link and a real host, and what the link's listener was told. */
class Trial {
  readonly link: HostSessionLink
  readonly clock = new ManualClock()
  readonly messages: (string | number[])[] = []
  readonly untaken: (() => void)[] = []
  readonly overs: SessionOver[] = []
  readonly printed: string[] = []
  started = false
  free = false
  lingers = false
  takes = true

  private constructor(connection: Duplex, start: Partial<SessionStart>) {
    this.link = new HostSessionLink({
      call: 1,
      start: { sessionId: 'a-session', ...start },
      writer: new FrameWriter(connection),
      budget: new AskBudget(),
      clock: this.clock,
      listener: {
        onStarted: () => {
          this.started = true
        },
        onMessage: ({ data, binary }, onTaken) => {
          this.messages.push(binary ? [...data] : Buffer.from(data).toString())
          if (this.takes) onTaken()
          else this.untaken.push(onTaken)
        },
        onPrint: (_stream, text) => this.printed.push(text),
        onOver: (over) => this.overs.push(over),
      },
      onFree: () => {
        this.free = true
      },
      onLinger: () => {
        this.lingers = true
      },
    })
    const reader = new FrameReader()
    connection.on('data', (bytes: Buffer) =>
      reader.push(bytes, (frame) => {
        if (frame.type !== frameType.ready) this.link.receive(frame)
      }),
    )
  }

  static async begin(onSession: (session: Session) => Promise<void> | void, start: Partial<SessionStart> = {}) {
    const [here, there] = duplexPair()
    await new Host({ bot: defineBot({ onSession }), connection: here, clock: new ManualClock() }).start()
    return new Trial(there, start)
  }

  say(message: string | Uint8Array): void {
    const binary = typeof message !== 'string'
    this.link.send({ data: binary ? message : Buffer.from(message), binary }, () => undefined)
  }

  over(): Promise<SessionOver> {
    return vi.waitFor(() => {
      const [over] = this.overs
      if (!over) throw new Error('the session goes on')
      return over
    }, patience)
  }
}

const withSocket = { socket: { query: 'lang=de&body=e30%3D' } }

describe('a session without a call', () => {
  it('gives its bot an id and the data of whoever started it, and ends with its function', async () => {
    const sessions: Session[] = []
    const trial = await Trial.begin((session) => void sessions.push(session), { body: { n: 1 } })
    expect(await trial.over()).toEqual({ type: 'returned' })
    expect(trial.started).toBe(true)
    expect(sessions.map(({ id, body, socket }) => ({ id, body, socket }))).toEqual([
      { id: 'a-session', body: { n: 1 }, socket: undefined },
    ])
    trial.link.close('bot')
    expect([trial.free, trial.lingers]).toEqual([true, false])
  })

  it('is over for the bot when the node says so; what that interrupts is no crash', async () => {
    const trial = await Trial.begin(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    )
    trial.link.close('node')
    expect(trial.lingers).toBe(true)
    expect(await trial.over()).toEqual({ type: 'returned' })
    expect(trial.free).toBe(true)
  })

  it('whose bot throws is told with the stack', async () => {
    const trial = await Trial.begin(() => {
      throw new Error('no key for the weather')
    })
    expect(await trial.over()).toMatchObject({ type: 'threw', message: 'no key for the weather' })
  })

  it('prints under its own number', async () => {
    const trial = await Trial.begin(() => void stdout.write('hello\n'))
    await trial.over()
    expect(trial.printed).toEqual(['hello\n'])
  })

  it('whose bot floods its log is heard now and then, and what was left out is said', async () => {
    const go = Promise.withResolvers<void>()
    const trial = await Trial.begin(async () => {
      for (let line = 0; line < 3000; line++) stdout.write(`${'x'.repeat(999)}\n`)
      await go.promise
      stdout.write('last words\n')
    })
    await vi.waitFor(() => expect(trial.printed.length).toBeGreaterThan(500), patience)
    await new Promise((resolve) => setImmediate(resolve))
    expect(trial.printed.length).toBeLessThan(1000)
    trial.clock.advance(1000)
    go.resolve()
    await trial.over()
    expect(trial.printed.slice(-2)).toEqual([
      expect.stringMatching(/^\(\d+ lines dropped: a bot may print 64 KB a second\)\n$/),
      'last words\n',
    ])
  })

  it('is lost with its process, once', async () => {
    const trial = await Trial.begin(() => new Promise(() => undefined))
    trial.link.lose('was killed')
    trial.link.lose('was killed')
    expect(trial.overs).toEqual([{ type: 'lost', why: 'was killed' }])
  })
})

describe('the socket of a session', () => {
  it('carries text and bytes both ways, and the loop ends when the client leaves', async () => {
    const trial = await Trial.begin(async ({ socket }) => {
      for await (const message of socket ?? []) await socket?.send(message)
      await socket?.send('too late')
    }, withSocket)
    trial.say('grüß dich')
    trial.say(Uint8Array.of(0, 255, 1))
    trial.say('')
    await vi.waitFor(() => expect(trial.messages).toEqual(['grüß dich', [0, 255, 1], '']), patience)
    trial.link.close('caller')
    expect(await trial.over()).toEqual({ type: 'returned' })
    expect(trial.messages).toHaveLength(3)
  })

  it('has the query of the client’s URL, without the body, which is elsewhere', async () => {
    let query: unknown
    const trial = await Trial.begin(({ socket }) => void (query = socket?.query), withSocket)
    await trial.over()
    expect(query).toEqual({ lang: 'de' })
  })

  it('hands over all that was sent before the function’s end, long and short, in order', async () => {
    const trial = await Trial.begin(({ socket }) => {
      void socket?.send('x'.repeat(1_000_000))
      void socket?.send(new Uint8Array(300_000).fill(7))
      void socket?.send('bye')
    }, withSocket)
    await trial.over()
    expect(trial.messages.map((message) => message.length)).toEqual([1_000_000, 300_000, 3])
  })

  it('delivers what the client said last, though the bot reads late', async () => {
    const read: (string | Uint8Array)[] = []
    const gone = Promise.withResolvers<void>()
    const trial = await Trial.begin(async ({ socket, signal }) => {
      signal.addEventListener('abort', () => gone.resolve())
      await gone.promise
      for await (const message of socket ?? []) read.push(message)
    }, withSocket)
    for (let at = 0; at < 100; at++) trial.say(`${at}`.repeat(2000))
    trial.link.close('caller')
    await trial.over()
    expect(read).toHaveLength(100)
  })

  it('lets a bot that waits go as fast as the client takes', async () => {
    let sent = 0
    const trial = await Trial.begin(async ({ socket }) => {
      for (; sent < 100; sent++) await socket?.send(new Uint8Array(10_000))
    }, withSocket)
    trial.takes = false
    await vi.waitFor(() => expect(sent).toBeGreaterThan(20), patience)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(sent).toBeLessThan(30)
    trial.takes = true
    while (trial.untaken.length > 0) {
      for (const take of trial.untaken.splice(0)) take()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await trial.over()
    expect(trial.messages).toHaveLength(100)
  })

  it('is closed by the bot with its own code, behind what was sent, and the function may go on', async () => {
    const more = Promise.withResolvers<void>()
    const trial = await Trial.begin(async ({ socket, signal }) => {
      void socket?.send('x'.repeat(1_000_000))
      socket?.close(4001, 'that is all')
      void socket?.send('nobody hears this')
      socket?.close(4002)
      await more.promise
      stdout.write(signal.aborted ? 'over\n' : 'not over\n')
    }, withSocket)
    expect(await trial.over()).toEqual({ type: 'closed', how: { code: 4001, reason: 'that is all' } })
    expect(trial.messages.map((message) => message.length)).toEqual([1_000_000])
    trial.link.close('bot')
    more.resolve()
    await vi.waitFor(() => expect([trial.free, trial.printed]).toEqual([true, ['over\n']]), patience)
    expect(trial.overs).toHaveLength(1)
  })

  it('refuses what cannot be sent, by name', async () => {
    const problems: string[] = []
    const attempt = (run: () => unknown) => {
      try {
        run()
      } catch (error) {
        problems.push(String(error))
      }
    }
    const trial = await Trial.begin(({ socket }) => {
      attempt(() => socket?.send(5 as unknown as string))
      attempt(() => socket?.close(1006))
      attempt(() => socket?.close(1000, 'é'.repeat(62)))
    }, withSocket)
    await trial.over()
    expect(problems).toEqual([
      expect.stringContaining('TypeError: socket.send takes a string or a Uint8Array, got number'),
      expect.stringContaining('RangeError: socket.close takes 1000 or a code from 3000 to 4999, got 1006'),
      expect.stringContaining('at most 123 bytes'),
    ])
  })

  it('has one reader', async () => {
    const trial = await Trial.begin(({ socket }) => {
      socket?.[Symbol.asyncIterator]()
      socket?.[Symbol.asyncIterator]()
    }, withSocket)
    expect(await trial.over()).toMatchObject({ type: 'threw', message: expect.stringContaining('one loop') as string })
  })
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { patience } from '../../../test/support/patience.ts'
import type { Timer } from '../../lib/clock.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { silentLog } from '../../lib/log.ts'
import type { LinkOver } from '../link.ts'
import { OutputTail } from '../output-tail.ts'
import { ServerInstance } from './server-instance.ts'
import type { PlaceExit } from './server-place.ts'
import { SessionOutput } from './session-output.ts'

const start = {
  callId: 'a-call',
  sessionId: '639f91d8-d511-4677-a83b-bd7564d5d92f',
  headers: {},
  format: { encoding: 'audio/x-mulaw', sampleRateHz: 8000 },
  raw: '{"event":"start"}',
} as const

/** Knows how many timers were begun. */
class CountingClock extends ManualClock {
  begun = 0

  override after(delayMs: number, run: () => void): Timer {
    this.begun++
    return super.after(delayMs, run)
  }
}

/** An instance on a server in this process, in virtual time. The place ends when the instance ends it. */
class Trial implements AsyncDisposable {
  readonly clock = new CountingClock()
  readonly instance: ServerInstance
  readonly deaths: (string | undefined)[] = []
  readonly overs: LinkOver[] = []
  readonly commands: string[] = []
  /** What the bot answers on each path. */
  readonly answers = { '/livez': 200, '/readyz': 200 }
  readonly sockets: WebSocketServer
  probes = 0
  readonly #http: Server
  readonly #exit = Promise.withResolvers<PlaceExit>()

  private constructor(http: Server) {
    this.#http = http
    this.sockets = new WebSocketServer({ server: http, path: '/ws' })
    http.on('request', (request, response) => {
      this.probes++
      response.statusCode = request.url === '/livez' ? this.answers['/livez'] : this.answers['/readyz']
      response.end()
    })
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const place = {
      origin,
      exited: this.#exit.promise,
      stop: async () => this.die({ how: 'exited with code 0', orderly: true }),
      kill: () => this.die({ how: 'was killed by SIGKILL', orderly: false }),
    }
    const output = new SessionOutput({ clock: this.clock, onLine: () => undefined })
    this.instance = new ServerInstance(
      {
        url: `${origin.replace('http', 'ws')}/ws`,
        sessionsPerInstance: 1,
        connectTimeoutMs: 5000,
        lingerMs: 10_000,
        placement: { place, output, tail: new OutputTail() },
        clock: this.clock,
        log: silentLog,
      },
      { onChange: ({ state }, why) => state === 'dead' && this.deaths.push(why) },
    )
  }

  static async start(): Promise<Trial> {
    const http = createServer()
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return new Trial(http)
  }

  /** The process is gone. */
  die(exit: PlaceExit): void {
    this.#exit.resolve(exit)
    for (const socket of this.sockets.clients) socket.terminate()
  }

  /** From now on nobody listens where the bot is. */
  async refuse(): Promise<void> {
    this.#http.close()
    this.#http.closeAllConnections()
    await vi.waitFor(() => expect(this.#http.listening).toBe(false), patience)
  }

  async call() {
    const { promise: started, resolve: onStarted } = Promise.withResolvers<void>()
    const link = this.instance.startCall(start, {
      onStarted,
      onCommand: (command) => this.commands.push(command.type === 'message' ? command.raw : command.type),
      onPrint: () => undefined,
      onOver: (over) => this.overs.push(over),
    })
    await started
    const [socket] = this.sockets.clients
    if (!socket) throw new Error('the bot has no socket')
    return { link, socket }
  }

  /** Lets time pass, with as many health checks as that takes. */
  async pass(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 3) {
      const before = this.clock.begun
      this.clock.advance(3000)
      // One that is not alive is not asked whether it is ready.
      const asked = this.answers['/livez'] < 500 ? 2 : 1
      // A time limit for each question, and when all is answered the time of the next.
      const done = () => this.deaths.length > 0 || this.clock.begun > before + asked
      await vi.waitFor(() => expect(done()).toBe(true), patience)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.die({ how: 'exited with code 0', orderly: true })
    this.sockets.close()
    if (this.#http.listening) this.#http.close()
    this.#http.closeAllConnections()
  }
}

describe('a server bot of ours', () => {
  test('statement 63: keeps a call that is silent for ten minutes', async () => {
    await using trial = await Trial.start()
    const { socket } = await trial.call()
    await trial.pass(30)
    // Nobody answers while time jumps, which costs the bot its next call at most.
    trial.clock.advance(600_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await trial.pass(6)
    expect([trial.overs, trial.deaths, trial.instance.state]).toEqual([[], [], 'busy'])
    socket.send('{"event":"clearAudio"}')
    await vi.waitFor(() => expect(trial.commands).toEqual(['{"event":"clearAudio"}']), patience)
  })

  test('that is not ready, or not well, takes no call until it is again; its own goes on', async () => {
    await using trial = await Trial.start()
    for (const path of ['/readyz', '/livez'] as const) {
      trial.answers[path] = 503
      await trial.pass(3)
      expect(trial.instance.state).toBe('busy')
      trial.answers[path] = 200
      await trial.pass(3)
      expect(trial.instance.state).toBe('ready')
    }
    await trial.call()
    trial.answers['/readyz'] = 503
    await trial.pass(60)
    expect([trial.overs, trial.deaths]).toEqual([[], []])
  })

  test('that is not well for ten seconds while idle is ended, and the reason is told', async () => {
    await using trial = await Trial.start()
    trial.answers['/livez'] = 500
    await trial.pass(9)
    expect(trial.deaths).toEqual([])
    await trial.pass(6)
    expect(trial.deaths).toEqual([
      expect.stringMatching(/^the bot's process gave no sign of life for 10 s \(GET \/livez: 500\) and was ended/),
    ])
  })

  test('that is not well in a call is ended after half a minute of silence, and the call is lost, not over', async () => {
    await using trial = await Trial.start()
    const { socket } = await trial.call()
    trial.answers['/livez'] = 500
    await trial.pass(21)
    // A bot that still talks is deaf on the other ear only.
    socket.send('{"event":"clearAudio"}')
    await vi.waitFor(() => expect(trial.commands).toHaveLength(1), patience)
    await trial.pass(27)
    expect([trial.overs, trial.deaths]).toEqual([[], []])
    await trial.pass(6)
    expect(trial.deaths).toHaveLength(1)
    await vi.waitFor(
      () =>
        expect(trial.overs).toEqual([
          { type: 'lost', why: expect.stringContaining('no sign of life for 30 s') as string },
        ]),
      patience,
    )
  })

  test('is asked how it is before it gets the next call', async () => {
    await using trial = await Trial.start()
    const { socket } = await trial.call()
    trial.answers['/readyz'] = 503
    socket.close(1000)
    await vi.waitFor(() => expect([trial.overs, trial.probes]).toEqual([[{ type: 'returned' }], 2]), patience)
    expect([trial.instance.active, trial.instance.state]).toEqual([0, 'busy'])
    trial.answers['/readyz'] = 200
    await trial.pass(3)
    expect(trial.instance.state).toBe('ready')
  })

  test.each([
    ['is gone with code 1', { how: 'exited with code 1', orderly: false }, 'lost'],
    ['is gone in order', { how: 'exited with code 143', orderly: true }, 'returned'],
  ])('whose socket breaks and that %s has left its call: %j is %s', async (_how, exit, type) => {
    await using trial = await Trial.start()
    await trial.call()
    trial.die(exit)
    await vi.waitFor(() => expect(trial.overs.map((over) => over.type)).toEqual([type]), patience)
  })

  test('whose socket breaks and that lives on is done with its call', async () => {
    await using trial = await Trial.start()
    const { socket } = await trial.call()
    socket.terminate()
    await vi.waitFor(() => expect(trial.clock.nextDueAt).toBe(100), patience)
    expect(trial.overs).toEqual([])
    trial.clock.advance(100)
    await vi.waitFor(() => expect(trial.overs).toEqual([{ type: 'returned' }]), patience)
  })

  describe('whose socket breaks, and that listens no more,', () => {
    const breakOff = async (trial: Trial) => {
      const { socket } = await trial.call()
      socket.terminate()
      await vi.waitFor(() => expect(trial.clock.nextDueAt).toBe(100), patience)
      await trial.refuse()
      const before = trial.clock.begun
      trial.clock.advance(100)
      // It is asked, and given time to end.
      await vi.waitFor(() => expect(trial.clock.begun).toBe(before + 2), patience)
      expect(trial.overs).toEqual([])
    }

    test('has crashed, however late the news of that is', async () => {
      await using trial = await Trial.start()
      await breakOff(trial)
      trial.clock.advance(4999)
      trial.die({ how: 'exited with code 1', orderly: false })
      await vi.waitFor(() => expect(trial.overs.map(({ type }) => type)).toEqual(['lost']), patience)
    })

    test('is done with its call when it does not end', async () => {
      await using trial = await Trial.start()
      await breakOff(trial)
      trial.clock.advance(5000)
      await vi.waitFor(() => expect(trial.overs).toEqual([{ type: 'returned' }]), patience)
    })
  })

  test('that does not answer the close of its socket is ended', async () => {
    await using trial = await Trial.start()
    const { link, socket } = await trial.call()
    socket.pause()
    link.close('caller')
    await trial.pass(9)
    expect(trial.deaths).toEqual([])
    await trial.pass(3)
    expect(trial.deaths).toEqual([expect.stringContaining("did not close its session's socket in 10 s")])
  })
})

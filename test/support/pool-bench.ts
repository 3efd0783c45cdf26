import { ManualClock } from '../../src/lib/manual-clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import type {
  BotLink,
  Instance,
  InstanceListener,
  InstanceState,
  LinkListener,
  SessionLink,
  SessionListener,
  Usage,
} from '../../src/runtime/link.ts'
import { Pool, type PoolOptions } from '../../src/runtime/pool/pool.ts'
import { StartGate } from '../../src/runtime/pool/start-gate.ts'
import type { CallStart, EndReason, SessionStart, SocketClose } from '../../src/sdk/protocol.ts'

/** A session without a call, as its instance has it. */
interface GivenSession {
  readonly start: SessionStart
  readonly listener: SessionListener
  readonly received: string[]
  closed: { readonly reason: EndReason; readonly how: SocketClose | undefined } | undefined
}

/** An instance that lives in memory: what the pool sees of a process, without the process. */
export class MemoryInstance implements Instance {
  readonly id: string
  readonly capacity: number
  readonly offers = { calls: true, sessions: true }
  readonly #listener: InstanceListener
  readonly sessions: GivenSession[] = []
  active = 0
  life: 'running' | 'draining' | 'dead' = 'running'
  /** Dead, and nobody was told. */
  gone = false

  constructor(id: string, capacity: number, listener: InstanceListener) {
    this.id = id
    this.capacity = capacity
    this.#listener = listener
  }

  get state(): InstanceState {
    if (this.life !== 'running') return this.life
    return this.active < this.capacity ? 'ready' : 'busy'
  }

  startCall(_start: CallStart, _listener: LinkListener): BotLink {
    this.active++
    return { send: () => undefined, report: () => undefined, close: () => this.#free() }
  }

  startSession(start: SessionStart, listener: SessionListener): SessionLink {
    this.active++
    const given: GivenSession = { start, listener, received: [], closed: undefined }
    this.sessions.push(given)
    return {
      send: ({ data }, onTaken) => {
        given.received.push(Buffer.from(data).toString('utf8'))
        onTaken()
      },
      close: (reason, how) => {
        given.closed = { reason, how }
        this.#free()
      },
    }
  }

  #free(): void {
    this.active--
    if (this.life === 'draining' && this.active === 0) this.die()
    else this.#listener.onChange(this)
  }

  memoryBytes = 1000

  async sample(): Promise<Usage> {
    return { cpuMillicores: 10, memoryBytes: this.memoryBytes }
  }

  end(why: string): void {
    this.die(`the bot's process ${why}`)
  }

  isGone(): boolean {
    return this.gone
  }

  drain(): void {
    this.life = 'draining'
    if (this.active === 0) this.die()
  }

  die(why?: string): void {
    this.life = 'dead'
    this.#listener.onChange(this, why)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.die()
  }
}

/** A call that means nothing. */
export const anyStart: CallStart = {
  callId: 'c',
  sessionId: 's',
  headers: {},
  format: { encoding: 'audio/x-mulaw', sampleRateHz: 8000 },
  raw: '{}',
}
export const deafListener: LinkListener = {
  onStarted: () => undefined,
  onCommand: () => undefined,
  onPrint: () => undefined,
  onOver: () => undefined,
}
export const never = new AbortController().signal
export const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A place for pools whose time stands still and whose instances start when the test lets them. */
export class PoolBench {
  readonly clock = new ManualClock()
  /** In the order in which they came up. */
  readonly instances: MemoryInstance[] = []
  /** Starts that are under way. */
  readonly starting: PromiseWithResolvers<void>[] = []

  /** One warm instance, at most two starts at once, and at most ten instances that end after five seconds idle. */
  createPool(options: Partial<PoolOptions> = {}): Pool {
    const { sessionsPerInstance = 1 } = options
    return new Pool({
      startInstance: async (listener, signal) => {
        const gate = Promise.withResolvers<void>()
        signal.addEventListener('abort', () => gate.reject(signal.reason))
        this.starting.push(gate)
        await gate.promise
        const instance = new MemoryInstance(`ins_${this.instances.length + 1}`, sessionsPerInstance, listener)
        this.instances.push(instance)
        return instance
      },
      sessionsPerInstance,
      warmInstances: 1,
      maxInstances: 10,
      bufferShare: 0.5,
      cooldownMs: 5000,
      gate: new StartGate({ limit: 2 }),
      clock: this.clock,
      log: silentLog,
      ...options,
    })
  }

  /** Lets the starts that are under way succeed. */
  async started(): Promise<void> {
    await settle()
    for (const gate of this.starting.splice(0)) gate.resolve()
    await settle()
  }

  async failedToStart(message = 'no bot'): Promise<void> {
    await settle()
    for (const gate of this.starting.splice(0)) gate.reject(new Error(message))
    await settle()
  }
}

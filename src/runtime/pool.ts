import type { Clock, Timer } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { CallStart } from '../sdk/protocol.ts'
import type { BotLink, Instance, LinkListener, StartInstance } from './link.ts'

export interface PoolOptions {
  readonly startInstance: StartInstance
  /** Calls at once in one instance. */
  readonly sessionsPerInstance: number
  /** Instances with a free place that the pool keeps ready, beyond those in use. */
  readonly warmInstances: number
  /** Instances at most, starting ones included. */
  readonly maxInstances: number
  /** Instances that may be starting at once: more would make each of them, and every call, slower. */
  readonly maxStarting: number
  /** How long instances that nobody needs any more are kept, beyond the warm ones. */
  readonly cooldownMs: number
  readonly clock: Clock
  readonly log: Log
}

/** A place in an instance, held for one call. */
export interface Lease {
  readonly instanceId: string
  /** Starts the call; the place is given back when its link is closed and its bot has finished. Once only. */
  startCall(start: CallStart, listener: LinkListener): BotLink
  /** Gives the place back unused. Harmless after `startCall`. */
  release(): void
}

interface Waiter {
  readonly resolve: (lease: Lease) => void
  readonly reject: (error: unknown) => void
  readonly onLost: () => void
}

const firstRetryMs = 250
const longestRetryMs = 10_000

/** The instances of one version of an agent: who waits for a place, and who gets it. */
export class Pool implements AsyncDisposable {
  readonly #options: PoolOptions
  readonly #instances = new Set<Instance>()
  /** Places promised to calls that have not started yet, and what to do when the instance dies before they have. */
  readonly #reserved = new Map<Instance, Set<() => void>>()
  readonly #waiters: Waiter[] = []
  readonly #abort = new AbortController()
  readonly #starts = new Set<Promise<void>>()
  #failures = 0
  #retry: Timer | undefined
  #cooldown: Timer | undefined
  #draining = false
  readonly #onEmpty: (() => void)[] = []
  /** Resolves once the first warm instance takes calls, or could not be started. */
  readonly warm: Promise<void>

  constructor(options: PoolOptions) {
    this.#options = options
    this.#fill()
    this.warm = Promise.race([...this.#starts, ...(this.#starts.size === 0 ? [Promise.resolve()] : [])])
  }

  /** Resolves once an instance is ready, which is started if there is none; rejects when it cannot be. */
  async prove(): Promise<void> {
    const lease = await this.acquire(new AbortController().signal, () => undefined)
    lease.release()
  }

  get status(): { starting: number; free: number; active: number; waiting: number } {
    const running = [...this.#instances]
    return {
      starting: this.#starts.size,
      free: running.reduce((sum, instance) => sum + this.#freePlaces(instance), 0),
      active: running.reduce((sum, instance) => sum + instance.active, 0),
      waiting: this.#waiters.length,
    }
  }

  /**
   * Waits for a free place. Rejects with the signal's reason, or because the bot cannot be started. `onLost` is called
   * when the instance dies before the call has started: the lease is worth nothing then.
   */
  acquire(signal: AbortSignal, onLost: () => void): Promise<Lease> {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (this.#draining) return Promise.reject(new Error('the pool takes no more calls'))
    const { promise, resolve, reject } = Promise.withResolvers<Lease>()
    const waiter: Waiter = { resolve, reject, onLost }
    const onAbort = () => {
      const at = this.#waiters.indexOf(waiter)
      if (at >= 0) this.#waiters.splice(at, 1)
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiters.push(waiter)
    this.#serve()
    this.#fill()
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** Takes no new calls; instances end as their calls do. Resolves when the last one is gone. */
  async drain(): Promise<void> {
    this.#stopTaking()
    await Promise.all(this.#starts)
    if (this.#instances.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve))
  }

  /** Ends every instance now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTaking()
    await Promise.all(this.#starts)
    await Promise.all([...this.#instances].map((instance) => instance[Symbol.asyncDispose]()))
  }

  #stopTaking(): void {
    this.#draining = true
    this.#abort.abort(new Error('the pool drains'))
    this.#retry?.cancel()
    this.#cooldown?.cancel()
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new Error('the pool takes no more calls'))
    for (const instance of this.#instances) if (!this.#reserved.has(instance)) instance.drain()
  }

  #freePlaces(instance: Instance): number {
    if (instance.state !== 'ready') return 0
    return instance.capacity - instance.active - (this.#reserved.get(instance)?.size ?? 0)
  }

  /** Gives free places to those who wait, the fullest instance first, so that idle ones stay whole. */
  #serve(): void {
    while (this.#waiters.length > 0) {
      const free = [...this.#instances].filter((instance) => this.#freePlaces(instance) > 0)
      const instance = free.sort((a, b) => this.#freePlaces(a) - this.#freePlaces(b))[0]
      if (!instance) return
      const waiter = this.#waiters.shift()
      if (waiter) waiter.resolve(this.#reserve(instance, waiter.onLost))
    }
  }

  #reserve(instance: Instance, onLost: () => void): Lease {
    const held = this.#reserved.get(instance) ?? new Set()
    this.#reserved.set(instance, held)
    const lost = () => onLost()
    held.add(lost)
    const release = () => {
      if (held.delete(lost) && held.size === 0) this.#reserved.delete(instance)
    }
    return {
      instanceId: instance.id,
      startCall: (start, listener) => {
        const link = instance.startCall(start, listener)
        release()
        if (this.#draining) instance.drain()
        return link
      },
      release: () => {
        release()
        this.#onChange(instance)
      },
    }
  }

  /** Starts what is missing: for those who wait, and the warm ones unless the bot has just failed to start. */
  #fill(): void {
    if (this.#draining) return
    const { warmInstances, maxInstances, maxStarting, sessionsPerInstance } = this.#options
    const idle = [...this.#instances].filter((instance) => this.#freePlaces(instance) > 0).length
    const missing = Math.ceil(this.#waiters.length / sessionsPerInstance) + (this.#retry ? 0 : warmInstances - idle)
    const room = Math.min(maxInstances - this.#instances.size, maxStarting)
    for (let n = Math.min(missing, room) - this.#starts.size; n > 0; n--) this.#start()
  }

  #start(): void {
    const start = this.#options
      .startInstance({ onChange: (instance, why) => this.#onChange(instance, why) }, this.#abort.signal)
      .then(
        (instance) => {
          this.#failures = 0
          if (instance.state !== 'dead') this.#instances.add(instance)
          if (this.#draining) instance.drain()
        },
        (error: unknown) => this.#onStartFailed(error),
      )
      .finally(() => {
        this.#starts.delete(start)
        this.#serve()
        this.#fill()
      })
    this.#starts.add(start)
  }

  #onStartFailed(error: unknown): void {
    if (this.#draining) return
    this.#failures++
    this.#options.log.error({ failures: this.#failures }, `an instance did not start: ${messageOf(error)}`)
    // Whoever waited longest is told why; waiting on would be silence.
    this.#waiters.shift()?.reject(error)
    const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (this.#failures - 1))
    this.#retry ??= this.#options.clock.after(delayMs, () => {
      this.#retry = undefined
      this.#fill()
    })
  }

  #onChange(instance: Instance, why?: string): void {
    if (instance.state === 'dead') this.#forget(instance, why)
    else if (this.#draining && instance.active === 0 && !this.#reserved.has(instance)) instance.drain()
    this.#serve()
    this.#fill()
    this.#coolDown()
  }

  #forget(instance: Instance, why: string | undefined): void {
    if (why !== undefined) this.#options.log.warn({ instance: instance.id }, why)
    this.#instances.delete(instance)
    const promised = this.#reserved.get(instance) ?? []
    this.#reserved.delete(instance)
    for (const lost of promised) lost()
    if (this.#instances.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  /** Instances that are idle beyond the warm ones. */
  get #surplus(): readonly Instance[] {
    const idle = [...this.#instances].filter(
      (instance) => instance.state === 'ready' && instance.active === 0 && !this.#reserved.has(instance),
    )
    return idle.slice(this.#options.warmInstances)
  }

  /** After a rush, what was started for it ends again, unless the next rush comes first. */
  #coolDown(): void {
    if (this.#draining || this.#cooldown || this.#surplus.length === 0) return
    this.#cooldown = this.#options.clock.after(this.#options.cooldownMs, () => {
      for (const instance of this.#surplus) instance.drain()
      this.#cooldown = undefined
    })
  }
}

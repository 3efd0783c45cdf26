import type { Timer } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { BotOffers } from '../../sdk/protocol.ts'
import { type InstancePlan, planInstances, type PoolSizes } from './instance-plan.ts'
import type { Lease } from './lease.ts'
import { type Instance, InstanceStartError } from '../link.ts'
import { type InstanceView, PoolMember } from './pool-member.ts'
import type { InstanceUsage, PoolOptions } from './pool-options.ts'
import { StartTrouble, type Trouble } from './start-trouble.ts'
import { WaitingLine } from './waiting-line.ts'

export type { Lease } from './lease.ts'
export type { InstanceUsage, PoolOptions } from './pool-options.ts'

/** One that was ready and died sooner than that, unused, did not come up. */
const earlyMs = 5000
const drainingMessage = 'the pool takes no more calls'

/** The instances of one version of an agent: who waits for a place, and who gets it. */
export class Pool implements AsyncDisposable {
  readonly #options: PoolOptions
  #sizes: PoolSizes
  readonly #members = new Map<Instance, PoolMember>()
  readonly #line: WaitingLine
  readonly #trouble = new StartTrouble()
  readonly #abort = new AbortController()
  readonly #starts = new Set<Promise<void>>()
  /** Those who want to know whether the bot starts at all: nobody's call, so nothing is kept ready for the next. */
  readonly #provers: Pick<PromiseWithResolvers<void>, 'resolve' | 'reject'>[] = []
  #offers: BotOffers | undefined
  readonly #onEmpty: (() => void)[] = []
  readonly #onFirstStart: () => void
  #timer: Timer | undefined
  #lastNeededAt: number | undefined
  #draining = false
  #looking = false
  #lookAgain = false
  /** Resolves once the first warm instance takes calls, or could not be started. */
  readonly warm: Promise<void>

  constructor(options: PoolOptions) {
    this.#options = options
    this.#sizes = options
    this.#line = new WaitingLine(options.clock)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.warm = promise
    this.#onFirstStart = resolve
    if (options.warmInstances === 0) resolve()
    this.#look()
  }

  /** Resolves once an instance is ready, which is started if there is none; rejects when it cannot be. */
  prove(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    if (this.#draining) reject(new Error(drainingMessage))
    else this.#provers.push({ resolve, reject })
    this.#look()
    return promise
  }

  /** What the bot can be given; undefined before the first instance was ready. */
  get offers(): BotOffers | undefined {
    return this.#offers
  }

  get status(): { starting: number; free: number; active: number; waiting: number } {
    const members = [...this.#members.values()]
    return {
      starting: this.#starts.size,
      free: members.reduce((sum, { free }) => sum + free, 0),
      active: members.reduce((sum, { instance }) => sum + instance.active, 0),
      waiting: this.#line.length,
    }
  }

  get instances(): readonly InstanceView[] {
    return [...this.#members.values()].map(({ view }) => view)
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Samples what instances use, those that have a call or all, and ends those that use more memory than they may. */
  async sample(which: 'busy' | 'all'): Promise<readonly InstanceUsage[]> {
    const samples: InstanceUsage[] = []
    // One after the other: nobody waits for it, and calls run meanwhile.
    for (const member of this.#members.values()) {
      if (which === 'busy' && member.held === 0) continue
      const usage = await member.sample()
      if (usage) samples.push({ instanceId: member.instance.id, usage })
    }
    return samples
  }

  /** Why no instance comes up; undefined: the last start went well. */
  get trouble(): Trouble | undefined {
    return this.#trouble.current
  }

  /**
   * Waits for a free place. Rejects with the signal's reason, or because the bot cannot be started. `onLost` is called
   * when the instance dies before the call has started: the lease is worth nothing then. `urgent`: before all who are not.
   */
  acquire(signal: AbortSignal, onLost: () => void, urgent = false): Promise<Lease> {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (this.#draining) return Promise.reject(new Error(drainingMessage))
    const lease = this.#line.join(signal, onLost, urgent)
    this.#look()
    return lease
  }

  /** Keeps more or fewer instances from now on. Running calls stay. */
  resize(sizes: Partial<Pick<PoolSizes, 'warmInstances' | 'maxInstances'>>): void {
    this.#sizes = { ...this.#sizes, ...sizes }
    this.#look()
  }

  /** Takes no new calls; instances end as their calls do. Resolves when the last one is gone. */
  async drain(): Promise<void> {
    this.#stopTaking()
    await Promise.all(this.#starts)
    if (this.#members.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve))
  }

  /** Ends every instance now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopTaking()
    await Promise.all(this.#starts)
    await Promise.all([...this.#members.keys()].map((instance) => instance[Symbol.asyncDispose]()))
  }

  #stopTaking(): void {
    this.#draining = true
    this.#abort.abort(new Error('the pool drains'))
    this.#options.gate.forget(this.#look)
    this.#timer?.cancel()
    this.#onFirstStart()
    const over = new Error(drainingMessage)
    this.#line.dismiss(over)
    for (const { reject } of this.#provers.splice(0)) reject(over)
    this.#look()
  }

  /** Brings the pool to where it should be: after everything that happens. */
  readonly #look = (): void => {
    this.#lookAgain = true
    // What is done here makes things happen.
    if (this.#looking) return
    this.#looking = true
    while (this.#lookAgain) {
      this.#lookAgain = false
      const members = [...this.#members.values()]
      for (const member of members) member.refresh()
      this.#serve()
      if (members.some(({ stays }) => stays)) for (const { resolve } of this.#provers.splice(0)) resolve()
      this.#endWhatIsDone()
      if (!this.#draining) this.#follow(this.#plan())
    }
    this.#looking = false
  }

  /** Gives free places to those who wait. */
  #serve(): void {
    while (this.#line.length > 0) {
      const member = this.#bestPlace()
      if (!member) break
      if (member.isGone()) continue
      const waiter = this.#line.next()
      waiter?.resolve(member.promise(waiter.onLost))
      member.refresh()
    }
    const refused = this.#refusal()
    if (refused) this.#line.dismiss(refused)
  }

  /** The fullest instance first, so that idle ones stay whole; then the one used last, so that the others may cool down. */
  #bestPlace(): PoolMember | undefined {
    const free = [...this.#members.values()].filter((member) => member.free > 0)
    return free.toSorted((a, b) => a.free - b.free || (b.idleSince ?? 0) - (a.idleSince ?? 0))[0]
  }

  /** Why nobody waits here at the moment: no instance, and none in sight. */
  #refusal(): InstanceStartError | undefined {
    const trouble = this.#trouble.current
    const now = this.#options.clock.monotonic()
    if (!trouble?.open || now >= trouble.retryAt || this.#members.size > 0 || this.#starts.size > 0) return undefined
    const seconds = Math.ceil((trouble.retryAt - now) / 1000)
    return new InstanceStartError(
      `the bot failed to start ${trouble.failures} times in a row; the next try is in ${seconds} s. ${trouble.why}`,
    )
  }

  /** Instances that have served all that they may, or that a draining pool has no more calls for. */
  #endWhatIsDone(): void {
    for (const { instance, held, isUsedUp, stays } of this.#members.values()) {
      const ends = this.#draining ? held === instance.active : isUsedUp
      if (ends && stays) instance.drain()
    }
  }

  #plan(): InstancePlan {
    const members = [...this.#members.values()]
    const now = this.#options.clock.monotonic()
    const waiting = this.#line.length
    if (waiting > 0 || members.some(({ held }) => held > 0)) this.#lastNeededAt = now
    const instances = members.filter(({ stays }) => stays).map(({ planned }) => planned)
    const warmInstances = Math.max(this.#sizes.warmInstances, this.#provers.length > 0 ? 1 : 0)
    const state = { now, instances, starting: this.#starts.size, waiting, lastNeededAt: this.#lastNeededAt }
    return planInstances(state, { ...this.#sizes, warmInstances })
  }

  #follow({ startForCallers, startAhead, stop, lookAgainAt }: InstancePlan): void {
    const { clock } = this.#options
    const now = clock.monotonic()
    const starting = this.#starts.size
    const forCallers = Math.min(startForCallers, this.#trouble.mayStartForCallers(now, starting))
    for (let n = 0; n < forCallers && this.#start(true); n++);
    const ahead = Math.min(startAhead, this.#trouble.mayStartAhead(now, this.#starts.size))
    for (let n = 0; n < ahead && this.#start(false); n++);
    for (const { instance } of this.#members.values()) if (stop.includes(instance.id)) instance.drain()
    const held = startForCallers > forCallers || startAhead > ahead
    const retryAt = held ? this.#trouble.current?.retryAt : undefined
    const next = [lookAgainAt, retryAt].filter((at): at is number => at !== undefined && at > now)
    this.#timer?.cancel()
    this.#timer = next.length > 0 ? clock.after(Math.min(...next) - now, this.#look) : undefined
  }

  /** False: the node starts as many as it can. */
  #start(forCaller: boolean): boolean {
    const { gate, startInstance, clock } = this.#options
    if (!gate.enter(forCaller, this.#look)) return false
    const startedAt = clock.monotonic()
    const onChange = (instance: Instance, why?: string) => this.#onChange(instance, why)
    const start = startInstance({ onChange }, this.#abort.signal)
      .then(
        (instance) => this.#add(instance, startedAt),
        (error: unknown) => this.#onStartFailed(error, startedAt),
      )
      .finally(() => {
        this.#starts.delete(start)
        this.#onFirstStart()
        gate.leave()
        this.#look()
      })
    this.#starts.add(start)
    return true
  }

  #add(instance: Instance, startedAt: number): void {
    this.#trouble.started()
    this.#options.onStart?.({ ok: true, tookMs: this.#options.clock.monotonic() - startedAt })
    this.#offers = instance.offers
    if (instance.state === 'dead') return
    const { maxUses = Number.POSITIVE_INFINITY, maxMemoryBytes = Number.POSITIVE_INFINITY, clock } = this.#options
    const now = () => clock.monotonic()
    const options = { instance, maxUses, maxMemoryBytes, now, onChange: this.#look }
    this.#members.set(instance, new PoolMember(options))
  }

  #onStartFailed(error: unknown, startedAt: number): void {
    if (this.#draining) return
    const now = this.#options.clock.monotonic()
    this.#trouble.failed(now, messageOf(error))
    this.#options.onStart?.({ ok: false, tookMs: now - startedAt })
    const { failures, open } = this.#trouble.current ?? {}
    this.#options.log.error({ failures, open }, `an instance did not start: ${messageOf(error)}`)
    this.#line.fail(error, now - startedAt)
    for (const { reject } of this.#provers.splice(0)) reject(error)
  }

  #onChange(instance: Instance, why: string | undefined): void {
    const member = this.#members.get(instance)
    if (member && instance.state === 'dead') this.#forget(member, why)
    this.#look()
  }

  #forget(member: PoolMember, why: string | undefined): void {
    const { log, clock, onDeath } = this.#options
    const { instance, uses, readyAt } = member
    if (why !== undefined) {
      log.warn({ instance: instance.id }, why)
      onDeath?.()
    }
    const now = clock.monotonic()
    if (uses > 0 || now - readyAt >= earlyMs) this.#trouble.proved()
    else if (why !== undefined) this.#trouble.diedEarly(now, why)
    this.#members.delete(instance)
    member.loseAll()
    if (this.#members.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve()
  }
}

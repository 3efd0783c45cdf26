import type { Lease } from './lease.ts'
import type { PlannedInstance } from './instance-plan.ts'
import type { Instance, InstanceState, Usage } from '../link.ts'

interface PoolMemberOptions {
  readonly instance: Instance
  /** Calls that it may serve in its life. */
  readonly maxUses: number
  /** When it uses more it is ended. */
  readonly maxMemoryBytes: number
  readonly now: () => number
  /** A promised place was given back, or its call has begun. */
  readonly onChange: () => void
}

/** An instance, as people look at it. */
export interface InstanceView {
  readonly id: string
  readonly state: InstanceState
  /** Sessions that it has now, and that it can have. */
  readonly active: number
  readonly capacity: number
  /** Sessions that it was given in its life. */
  readonly uses: number
  /** How long ago it was ready. */
  readonly readyMs: number
  /** At the last sample. */
  readonly usage: Usage | undefined
}

/** An instance in its pool: which of its places are promised, and how much it has been used. */
export class PoolMember {
  readonly instance: Instance
  readonly readyAt: number
  readonly #options: PoolMemberOptions
  /** Of places promised to calls that have not started yet: told when the instance dies before they have. */
  readonly #promised = new Set<() => void>()
  #uses = 0
  #condemned = false
  #usage: Usage | undefined
  #idleSince: number | undefined

  constructor(options: PoolMemberOptions) {
    this.#options = options
    this.instance = options.instance
    this.readyAt = options.now()
    this.#idleSince = this.readyAt
  }

  /** Calls that it has been given in its life. */
  get uses(): number {
    return this.#uses
  }

  /** Places in use or promised. */
  get held(): number {
    return this.instance.active + this.#promised.size
  }

  get free(): number {
    if (this.#condemned || this.instance.state !== 'ready') return 0
    const left = this.#options.maxUses - this.#uses - this.#promised.size
    return Math.min(this.instance.capacity - this.held, left)
  }

  /** Takes calls, or will again. */
  get stays(): boolean {
    const { state } = this.instance
    return !this.#condemned && (state === 'ready' || state === 'busy')
  }

  /** It has served all that it may. */
  get isUsedUp(): boolean {
    return this.#uses >= this.#options.maxUses
  }

  get planned(): PlannedInstance {
    return { id: this.instance.id, held: this.held, free: this.free, idleSince: this.#idleSince }
  }

  get view(): InstanceView {
    const { id, state, active, capacity } = this.instance
    return {
      id,
      state,
      active,
      capacity,
      uses: this.#uses,
      readyMs: this.#options.now() - this.readyAt,
      usage: this.#usage,
    }
  }

  /** Takes a sample of what it uses, which may be too much; undefined where that cannot be told. */
  async sample(): Promise<Usage | undefined> {
    // One that is just ending has nothing to tell, and keeps nobody from asking the others.
    const usage = await this.instance.sample?.().catch(() => undefined)
    this.#usage = usage
    const { maxMemoryBytes } = this.#options
    if (usage && usage.memoryBytes > maxMemoryBytes) {
      const [used, limit] = [usage.memoryBytes, maxMemoryBytes].map((bytes) => `${Math.round(bytes / 1024 / 1024)} MB`)
      this.instance.end?.(`was ended: it used ${used} of memory, and may use ${limit}`)
    }
    return usage
  }

  /** Since when nobody has held a place, on the scale of `now`. Undefined: somebody does. */
  get idleSince(): number | undefined {
    return this.#idleSince
  }

  /** Looks whether it died just now; it is given to nobody then. */
  isGone(): boolean {
    this.#condemned ||= this.instance.isGone?.() ?? false
    return this.#condemned
  }

  /** Notes whether anybody holds a place. */
  refresh(): void {
    this.#idleSince = this.held > 0 ? undefined : (this.#idleSince ?? this.#options.now())
  }

  promise(onLost: () => void): Lease {
    const lost = () => onLost()
    this.#promised.add(lost)
    const use = <Link>(begin: () => Link): Link => {
      this.#uses++
      const link = begin()
      this.#promised.delete(lost)
      this.#options.onChange()
      return link
    }
    return {
      instanceId: this.instance.id,
      offers: this.instance.offers,
      startCall: (start, listener) => use(() => this.instance.startCall(start, listener)),
      startSession: (start, listener) => use(() => this.instance.startSession(start, listener)),
      release: () => {
        if (this.#promised.delete(lost)) this.#options.onChange()
      },
    }
  }

  /** The instance is dead: tells those who were promised a place there. */
  loseAll(): void {
    const promised = [...this.#promised]
    this.#promised.clear()
    for (const lost of promised) lost()
  }
}

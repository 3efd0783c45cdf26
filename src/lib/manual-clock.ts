import type { Clock, Timer } from './clock.ts'

interface Pending {
  dueAt: number
  order: number
  run: () => void
}

/** A clock that stands still until `advance` moves it; timers run in the order in which they are due. */
export class ManualClock implements Clock {
  #elapsed = 0
  #order = 0
  readonly #pending = new Set<Pending>()
  readonly #epoch: number

  constructor(epoch = 1_700_000_000_000) {
    this.#epoch = epoch
  }

  now(): number {
    return this.#epoch + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(delayMs: number, run: () => void): Timer {
    const entry: Pending = { dueAt: this.#elapsed + Math.max(0, delayMs), order: this.#order++, run }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#pending.size
  }

  /** When the next timer is due, on the monotonic scale; undefined: none waits. */
  get nextDueAt(): number | undefined {
    return this.#earliest(Number.POSITIVE_INFINITY)?.dueAt
  }

  /** Moves time to the next timer and runs that one alone. False: none waits. */
  step(): boolean {
    const entry = this.#earliest(Number.POSITIVE_INFINITY)
    if (!entry) return false
    this.#run(entry)
    return true
  }

  /** Moves time by `ms`, running what falls due on the way. */
  advance(ms: number): void {
    const until = this.#elapsed + ms
    for (let entry = this.#earliest(until); entry; entry = this.#earliest(until)) {
      this.#run(entry)
    }
    this.#elapsed = until
  }

  #run(entry: Pending): void {
    this.#pending.delete(entry)
    this.#elapsed = Math.max(this.#elapsed, entry.dueAt)
    entry.run()
  }

  #earliest(until: number): Pending | undefined {
    let first: Pending | undefined
    for (const entry of this.#pending) {
      if (entry.dueAt > until) continue
      if (!first || entry.dueAt < first.dueAt || (entry.dueAt === first.dueAt && entry.order < first.order))
        first = entry
    }
    return first
  }
}

import type { Lease } from './lease.ts'

interface Waiter {
  readonly resolve: (lease: Lease) => void
  readonly reject: (error: unknown) => void
  readonly onLost: () => void
}

/** Those who wait for a place, first come first served. */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>()

  get length(): number {
    return this.#waiters.size
  }

  /** Rejects with the signal's reason when that fires first. */
  join(signal: AbortSignal, onLost: () => void): Promise<Lease> {
    const { promise, resolve, reject } = Promise.withResolvers<Lease>()
    const waiter: Waiter = { resolve, reject, onLost }
    const onAbort = () => {
      this.#waiters.delete(waiter)
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiters.add(waiter)
    return promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  /** Takes the first out of the line. */
  next(): Waiter | undefined {
    const [waiter] = this.#waiters
    if (waiter) this.#waiters.delete(waiter)
    return waiter
  }

  /** Nobody's place comes any more. */
  dismiss(error: unknown): void {
    for (let waiter = this.next(); waiter; waiter = this.next()) waiter.reject(error)
  }
}

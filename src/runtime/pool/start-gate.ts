interface StartGateOptions {
  /** Instances that may be starting at once. */
  readonly limit: number
  /** Whether calls are running that starting would take from. Default: they are not. */
  readonly isServing?: () => boolean
}

/**
 * How many instances a node starts at once, whatever their pools: more would make each of them, and every call, slower.
 * While calls run, half of the slots are for callers who wait.
 */
export class StartGate {
  readonly #limit: number
  readonly #isServing: () => boolean
  #starting = 0
  /** Pools that found no slot, and whether a caller of theirs waits. */
  readonly #queue = new Map<() => void, boolean>()

  constructor({ limit, isServing = () => false }: StartGateOptions) {
    this.#limit = limit
    this.#isServing = isServing
  }

  /** Takes a slot, to be given back with `leave`. False: none is free now, and `onRoom` will be called once when one may be. */
  enter(forCaller: boolean, onRoom: () => void): boolean {
    const ahead = this.#isServing() ? Math.max(1, Math.floor(this.#limit / 2)) : this.#limit
    if (this.#starting < (forCaller ? this.#limit : ahead)) {
      this.#starting++
      return true
    }
    this.#queue.set(onRoom, forCaller || this.#queue.get(onRoom) === true)
    return false
  }

  leave(): void {
    this.#starting--
    const queue = [...this.#queue]
    this.#queue.clear()
    for (const [onRoom] of queue.toSorted(([, a], [, b]) => Number(b) - Number(a))) onRoom()
  }

  /** `onRoom` is not to be called any more. */
  forget(onRoom: () => void): void {
    this.#queue.delete(onRoom)
  }
}

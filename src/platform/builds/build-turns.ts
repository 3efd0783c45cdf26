interface Waiting {
  readonly organizationId: string
  readonly begin: () => void
}

/**
 * Who builds next: the first in line of those whose organization builds least now, so that nobody's builds wait for all of
 * another's.
 */
export class BuildTurns {
  readonly #atOnce: number
  /** Organizations of the builds that run, one entry each. */
  readonly #running: string[] = []
  #waiting: readonly Waiting[] = []

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Resolves when it is a build's turn; what it gives is to be disposed when the build is over. */
  async take(organizationId: string): Promise<Disposable> {
    if (this.#running.length < this.#atOnce) this.#running.push(organizationId)
    else {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting = [...this.#waiting, { organizationId, begin: resolve }]
      await promise
    }
    return { [Symbol.dispose]: () => this.#end(organizationId) }
  }

  #end(organizationId: string): void {
    this.#running.splice(this.#running.indexOf(organizationId), 1)
    const [next] = this.#waiting.toSorted((a, b) => this.#runningOf(a) - this.#runningOf(b))
    if (!next) return
    this.#waiting = this.#waiting.filter((other) => other !== next)
    this.#running.push(next.organizationId)
    next.begin()
  }

  #runningOf({ organizationId }: Waiting): number {
    return this.#running.filter((other) => other === organizationId).length
  }
}

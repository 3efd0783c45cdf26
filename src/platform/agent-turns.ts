/** What concerns one agent, one after another in the order in which it was asked for. */
export class AgentTurns {
  readonly #last = new Map<string, Promise<void>>()

  /** Settles as `work` does, which begins when what was asked before has ended, whatever became of that. */
  async take<T>(agentId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(agentId)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last.set(agentId, promise)
    try {
      await before
      return await work()
    } finally {
      resolve()
      if (this.#last.get(agentId) === promise) this.#last.delete(agentId)
    }
  }
}

import { sleep } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Context } from './context.ts'
import { type PruneStep, pruneSteps } from './prune.ts'
import type { Retention } from './retention.ts'

const everyMs = 10 * 60_000
/** Between two steps, for those who wait to write. */
const pauseMs = 20

/** Deletes what is too old, now and then and in small steps. */
export class Pruner implements AsyncDisposable {
  readonly #context: Context
  readonly #steps: readonly PruneStep[]
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #pass: Promise<number> | undefined

  constructor(context: Context, retention: Retention) {
    this.#context = context
    this.#steps = pruneSteps(context, retention)
    this.#running = this.#run()
  }

  /** One whole pass, or the rest of the one that is going on; gives how much went. */
  async prune(): Promise<number> {
    this.#pass ??= this.#onePass().finally(() => {
      this.#pass = undefined
    })
    return this.#pass
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#pass
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#context
    const { signal } = this.#stop
    for (;;) {
      await sleep(clock, everyMs, signal)
      if (signal.aborted) return
      try {
        const count = await this.prune()
        if (count > 0) log.info({ count }, 'what was too old is deleted')
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'what is too old could not be deleted; it is tried again later')
      }
    }
  }

  async #onePass(): Promise<number> {
    let total = 0
    for (const step of this.#steps) {
      for (let count = await step(); count > 0 && !this.#stop.signal.aborted; count = await step()) {
        total += count
        await sleep(this.#context.clock, pauseMs, this.#stop.signal)
      }
    }
    return total
  }
}

// From the module, so that a test's fake timers do not stop the time of its calls.
import { setImmediate, setTimeout } from 'node:timers'
import { ManualClock } from '../lib/manual-clock.ts'
import { RealWorkWatch } from './real-work.ts'

/** Turns of the event loop after which a bot that always asks for another is left to itself. */
const maxTurns = 1000
/** A file that takes longer is a pipe or a device: time goes on meanwhile. */
const longestFileMs = 5000

const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve))
const realMs = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

/**
 * Time that passes only while somebody waits for something in the call, and then as fast as it can: what is due runs,
 * the event loop settles, and the clock jumps to the next timer. While files are read it stands still; while other real
 * work is under way (a socket, a real timer) it keeps real pace.
 */
export class VirtualTime implements Disposable {
  readonly clock = new ManualClock()
  readonly #work = new RealWorkWatch()
  #waiting = 0
  #passing = false
  #fileWorkSince: number | undefined
  /** One moment on both scales, since when time keeps real pace. */
  #pace: { readonly realMs: number; readonly virtualMs: number } | undefined

  /** Lets time pass until `awaited` is settled. */
  async pass<T>(awaited: Promise<T>): Promise<T> {
    this.#waiting++
    if (!this.#passing) void this.#run()
    return awaited.finally(() => this.#waiting--)
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    do await this.#settleTurns()
    while (this.#holdsForFiles())
  }

  /** Real work is no longer watched. Time passes no more slowly for it. */
  [Symbol.dispose](): void {
    this.#work[Symbol.dispose]()
  }

  async #run(): Promise<void> {
    this.#passing = true
    for (await this.settle(); this.#waiting > 0; await this.settle()) {
      if (await this.#mayStep()) this.clock.step()
    }
    // While nobody waits no time passes, and none is to be made up for.
    this.#pace = undefined
    this.#passing = false
  }

  /** Promises are settled within a turn, however long their chain; only what asks for another turn gets one. */
  async #settleTurns(): Promise<void> {
    for (let turns = 0; turns < maxTurns; turns++) {
      await nextTurn()
      if (!this.#work.immediatesWait) return
    }
  }

  #holdsForFiles(): boolean {
    if (this.#work.now !== 'files') {
      this.#fileWorkSince = undefined
      return false
    }
    this.#fileWorkSince ??= performance.now()
    return performance.now() - this.#fileWorkSince < longestFileMs
  }

  /** False, after a little real time: not yet. */
  async #mayStep(): Promise<boolean> {
    const dueAt = this.clock.nextDueAt
    if (dueAt !== undefined && this.#work.now === 'none') {
      this.#pace = undefined
      return true
    }
    this.#pace ??= { realMs: performance.now(), virtualMs: this.clock.monotonic() }
    const elapsedMs = performance.now() - this.#pace.realMs
    if (dueAt !== undefined && dueAt - this.#pace.virtualMs <= elapsedMs) return true
    await realMs(1)
    return false
  }
}

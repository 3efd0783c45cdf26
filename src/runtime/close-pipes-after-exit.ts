import type { Clock } from '../lib/clock.ts'
import { endProcessesOf } from './scratch.ts'

interface ExitingProcess {
  readonly child: {
    once(event: 'exit' | 'close', listener: () => void): unknown
    readonly stdio: readonly ({ destroy(): unknown } | null | undefined)[]
  }
  /** The folder that it, and whatever it has started, was given as `TMPDIR`. */
  readonly scratch: string
  readonly clock: Clock
}

/** What a process printed has been read by then. */
const lastWordsMs = 1000

/**
 * Closes a process's pipes soon after its exit, so that its `close` comes. One that it started and let go, out of its process
 * group, has them open as well; on Linux that one is ended.
 */
export function closePipesAfterExit({ child, scratch, clock }: ExitingProcess): void {
  child.once('exit', () => {
    const timer = clock.after(lastWordsMs, () => {
      void endProcessesOf(new Set([scratch]))
      for (const pipe of child.stdio) pipe?.destroy()
    })
    child.once('close', () => timer.cancel())
  })
}

import { AsyncLocalStorage } from 'node:async_hooks'

/** Says which call the running code belongs to, however far it has wandered through promises and timers. */
export const currentCall = new AsyncLocalStorage<number>()

type Stream = 'stdout' | 'stderr'

/**
 * Sends what a bot prints to the node, with the number of the call that printed it (0: none).
 * What never passes through `process.stdout`, such as the last words of a crash, still leaves by the pipes.
 */
export function capturePrints(onPrint: (call: number, stream: Stream, text: string) => void): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder()
    process[stream].write = (
      chunk: string | Uint8Array,
      encodingOrDone?: BufferEncoding | ((error?: Error | null) => void),
      done?: (error?: Error | null) => void,
    ) => {
      const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
      if (text !== '') onPrint(currentCall.getStore() ?? 0, stream, text)
      const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done
      if (callback) queueMicrotask(() => callback())
      return true
    }
  }
}

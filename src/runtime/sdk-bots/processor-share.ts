import { readFileSync } from 'node:fs'
import type { ProcessorShare } from './heartbeat.ts'

/** What a process's main thread was given, as Linux tells it; undefined elsewhere, and of a process that is gone. */
export function processorShare(pid: number): ProcessorShare | undefined {
  try {
    // Nanoseconds on a processor, nanoseconds in the queue for one, times that it got one. In memory: no disk is asked.
    const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number)
    if (ran === undefined || waited === undefined || Number.isNaN(ran + waited)) return undefined
    return { ranMs: ran / 1e6, waitedMs: waited / 1e6 }
  } catch {
    return undefined
  }
}

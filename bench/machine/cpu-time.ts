import { readdirSync, readFileSync } from 'node:fs'

/**
 * Milliseconds of processor time, user and system, all threads, that the processes have had so far. From `schedstat`,
 * which counts nanoseconds: `stat` counts in steps of 10 ms, too coarse for a process that needs one percent of a core.
 */
export function cpuTimeMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + threadsOf(pid).reduce((ms, thread) => ms + threadTimeMs(pid, thread), 0), 0)
}

/** Milliseconds that all processors of the machine were busy so far, with whatever. */
export function machineBusyMs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = line.split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softIrq) * 10
}

const threadsOf = (pid: number) => orWhenGone(() => readdirSync(`/proc/${pid}/task`), [])

const threadTimeMs = (pid: number, thread: string) =>
  orWhenGone(() => Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'), 10) / 1e6, 0)

function orWhenGone<T>(read: () => T, gone: T): T {
  try {
    return read()
  } catch {
    return gone
  }
}

import { readFileSync } from 'node:fs'

/**
 * Whether a process has ended and its exit was not told yet: the kernel knows at once, the event loop hears of it later. Linux
 * only; elsewhere, and of a process that cannot be looked at, false.
 */
export function isDeadProcess(pid: number): boolean {
  try {
    // The state stands behind the name, which may have brackets itself. In memory: no disk is asked.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const state = stat[stat.lastIndexOf(')') + 2]
    return state === 'Z' || state === 'X'
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' && process.platform === 'linux'
  }
}

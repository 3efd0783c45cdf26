import { readdirSync, readFileSync } from 'node:fs'

/** What `/proc` knows of a process; undefined when it is gone, or dead and only not buried yet. */
function statOf(pid: number): { parent: number; group: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' ? undefined : { parent: Number(fields[1]), group: Number(fields[2]) }
  } catch {
    return undefined
  }
}

export const isAlive = (pid: number): boolean => statOf(pid) !== undefined

/** The processes that `pid` has started and that are still there, but for the bundler, which stays. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((other) => statOf(other)?.parent === pid && !commandOf(other).includes('esbuild'))
}

/** The processes that run bots for `pid`. */
export const botsOf = (pid: number): number[] =>
  childrenOf(pid).filter((child) => commandOf(child).includes('/host/main.'))

/** How many files and sockets a process has open. */
export const openFilesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

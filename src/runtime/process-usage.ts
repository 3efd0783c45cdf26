import { readFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import type { Clock } from '../lib/clock.ts'
import type { Usage } from './link.ts'

/** What Linux counts processor time in, for programs: `USER_HZ`, which is 100 wherever Linux runs. */
const millisecondsPerTick = 10

/** What a process and those that it has started use. Linux only; elsewhere samples are undefined. */
export class ProcessUsage {
  readonly #pid: number
  readonly #clock: Clock
  #before: { readonly atMs: number; readonly cpuMs: number }

  constructor(pid: number, clock: Clock) {
    this.#pid = pid
    this.#clock = clock
    this.#before = { atMs: clock.monotonic(), cpuMs: 0 }
  }

  /** Averages processor time over the time since the last sample, or since the process began. */
  async sample(): Promise<Usage | undefined> {
    const all = await Promise.all((await treeOf(this.#pid)).map(statOf))
    const root = all[0]
    if (!root) return undefined
    const atMs = this.#clock.monotonic()
    const cpuMs = all.reduce((sum, stat) => sum + (stat?.cpuMs ?? 0), 0)
    const memoryBytes = all.reduce((sum, stat) => sum + (stat?.memoryBytes ?? 0), 0)
    const elapsedMs = Math.max(1, atMs - this.#before.atMs)
    // What a child has used that ended, and was not waited for, is gone from the sum.
    const cpuMillicores = Math.max(0, Math.round(((cpuMs - this.#before.cpuMs) / elapsedMs) * 1000))
    this.#before = { atMs, cpuMs }
    return { cpuMillicores, memoryBytes }
  }
}

/** The process first, then what it has started, and what that has. */
async function treeOf(pid: number): Promise<number[]> {
  const tree = [pid]
  for (const parent of tree) {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '')
    tree.push(...children.trim().split(' ').filter(Boolean).map(Number))
  }
  return tree
}

async function statOf(pid: number): Promise<{ cpuMs: number; memoryBytes: number } | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // Behind the name, which may have blanks and brackets itself, the third field comes first.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3] ?? 0)
  // Of itself, user and system, and of children that have ended.
  const ticks = field(14) + field(15) + field(16) + field(17)
  return { cpuMs: ticks * millisecondsPerTick, memoryBytes: field(24) * pageSize() }
}

let knownPageSize: number | undefined

/** Pages are 4, 16 or 64 KiB: what this process uses, in bytes and in pages, tells which. */
function pageSize(): number {
  if (knownPageSize !== undefined) return knownPageSize
  const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1])
  const exact = process.memoryUsage.rss() / Math.max(1, pages)
  knownPageSize = 2 ** Math.round(Math.log2(exact))
  return knownPageSize
}

import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

/** What this process and its machine, or its container, had to do since the last reading. */
export interface MachineLoad {
  /** Of one processor, 0 to 1: how much of the time the event loop was busy. */
  readonly mainShare: number
  /** Processors that there are to use. A container may have a fraction of one. */
  readonly cores: number
  /** Processors in use, by whomever. */
  readonly busyCores: number
  /** How late the event loop was to what was due, as the 99th percentile. */
  readonly lagMs: number
  readonly memoryBytes: number
  readonly availableBytes: number
}

const resolutionMs = 10
const groupFolder = '/sys/fs/cgroup'

/** Reads the load of this process and its machine. One reader per process: each reading begins where the last one ended. */
export class MachineMeter implements Disposable {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  /** Undefined: nothing limits this process but its machine. */
  readonly #quota = quotaCores()
  #loop = performance.eventLoopUtilization()
  #busy: Reading

  constructor() {
    this.#delay.enable()
    this.#busy = this.#readBusy()
  }

  [Symbol.dispose](): void {
    this.#delay.disable()
  }

  read(): MachineLoad {
    const loop = performance.eventLoopUtilization()
    const { utilization: mainShare } = performance.eventLoopUtilization(loop, this.#loop)
    this.#loop = loop
    const before = this.#busy
    this.#busy = this.#readBusy()
    const busyCores = (this.#busy.busyMs - before.busyMs) / Math.max(1, this.#busy.atMs - before.atMs)
    // The histogram has what passed between two looks, which are this far apart when nothing is late.
    const lagMs = this.#delay.count === 0 ? 0 : Math.max(0, this.#delay.percentile(99) / 1e6 - resolutionMs)
    this.#delay.reset()
    return {
      mainShare,
      cores: Math.min(this.#quota ?? Number.POSITIVE_INFINITY, availableParallelism()),
      busyCores: Math.max(0, busyCores),
      lagMs,
      // Without a limit the second is no number that means anything.
      memoryBytes: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
      availableBytes: process.availableMemory(),
    }
  }

  #readBusy(): Reading {
    const atMs = performance.now()
    const usage = this.#quota === undefined ? undefined : groupUsageMs()
    if (usage !== undefined) return { atMs, busyMs: usage }
    const busyMs = cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)
    return { atMs, busyMs }
  }
}

interface Reading {
  readonly atMs: number
  /** Processor time in use, summed over processors. */
  readonly busyMs: number
}

/** What a container's control group allows, in processors: `max` or microseconds in each period. */
function quotaCores(): number | undefined {
  const [quota, period] = (readGroup('cpu.max') ?? 'max').trim().split(' ').map(Number)
  return quota === undefined || period === undefined || Number.isNaN(quota) ? undefined : quota / period
}

function groupUsageMs(): number | undefined {
  const microseconds = /^usage_usec (\d+)$/m.exec(readGroup('cpu.stat') ?? '')?.[1]
  return microseconds === undefined ? undefined : Number(microseconds) / 1000
}

function readGroup(file: string): string | undefined {
  try {
    return readFileSync(`${groupFolder}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

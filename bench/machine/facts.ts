import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'

export interface MachineFacts {
  readonly cores: number
  readonly model: string
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
  /** Over 1, 5 and 15 minutes, when the bench began. */
  readonly loadAverage: readonly number[]
  readonly commit: string
}

export function readMachineFacts(): MachineFacts {
  const processors = cpus()
  return {
    cores: processors.length,
    model: processors[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    kernel: release(),
    node: process.version,
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    commit: describeCommit(),
  }
}

function describeCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const changed = git('status', '--porcelain', '--', 'src').trim() !== ''
    return `${git('rev-parse', '--short', 'HEAD').trim()}${changed ? ' with changes in src' : ''}`
  } catch {
    return 'unknown'
  }
}

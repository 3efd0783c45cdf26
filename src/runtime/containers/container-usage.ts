import type { Usage } from '../link.ts'

/** What an engine says of a container's use, with either kind of control groups. */
export interface EngineStats {
  readonly read: string
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } }
  readonly memory_stats: {
    readonly usage?: number
    readonly stats?: { readonly inactive_file?: number; readonly total_inactive_file?: number }
  }
}

/** A point to measure the next use from. */
export interface UsageMark {
  readonly atMs: number
  readonly cpuNanoseconds: number
}

/** Use between `before` and what the engine says now, and the mark for the next time. */
export function usageOf(stats: EngineStats, before: UsageMark): { readonly usage: Usage; readonly mark: UsageMark } {
  const mark = { atMs: Date.parse(stats.read), cpuNanoseconds: stats.cpu_stats.cpu_usage.total_usage }
  const { usage: used = 0, stats: parts = {} } = stats.memory_stats
  const memoryBytes = Math.max(0, used - (parts.inactive_file ?? parts.total_inactive_file ?? 0))
  const elapsedMs = Math.max(1, mark.atMs - before.atMs)
  // A thousandth of a processor is a microsecond of its time in a millisecond.
  const cpuMillicores = Math.max(0, Math.round((mark.cpuNanoseconds - before.cpuNanoseconds) / 1000 / elapsedMs))
  return { usage: { cpuMillicores, memoryBytes }, mark }
}

import type { Percentiles } from './percentiles.ts'

/** Of an even number of values, the mean of the middle two; of none, 0. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0
  return (upper + lower) / 2
}

/** Medians over runs, but for the maximum: that is the worst of all runs. */
export function medianPercentiles(runs: readonly Percentiles[]): Percentiles {
  const median = (pick: (percentiles: Percentiles) => number) => medianOf(runs.map(pick))
  return {
    p50: median(({ p50 }) => p50),
    p90: median(({ p90 }) => p90),
    p99: median(({ p99 }) => p99),
    p999: median(({ p999 }) => p999),
    max: Math.max(...runs.map(({ max }) => max)),
  }
}

import type { EchoPoint, EchoTiming } from './measure/echo-run.ts'
import type { FirstWordPoint } from './measure/first-word-run.ts'
import type { BenchOptions } from './options.ts'

/** What one run measures. */
export interface Plan {
  readonly firstWords: readonly FirstWordPoint[]
  readonly echoes: readonly EchoPoint[]
  readonly timing: EchoTiming
  /** How long each measurement waits for a quiet machine. */
  readonly quietWithinMs: number
  /** How often it is repeated when the generator was late. */
  readonly repeats: number
}

export const relayCalls = 100

const at = (kind: EchoPoint['kind'], ...loads: number[]): EchoPoint[] => loads.map((calls) => ({ kind, calls }))

/** With a bare echo wherever a ratio is to be had. */
const full = {
  firstWords: [
    { kind: 'warm', calls: 300 },
    { kind: 'growing', calls: 30 },
    { kind: 'cold', calls: 60 },
  ],
  relay: [...at('bare', relayCalls), ...at('pooled', relayCalls), ...at('each', relayCalls)],
  sweep: [...at('bare', 50, 100, 200, 400), ...at('pooled', 50, 100, 200, 400), ...at('each', 10, 25, 50)],
  timing: { warmUpMs: 5000, windowMs: 10_000, graceMs: 2000 },
  quietWithinMs: 20_000,
  repeats: 1,
} as const

const quick = {
  firstWords: [
    { kind: 'warm', calls: 40 },
    { kind: 'growing', calls: 4 },
    { kind: 'cold', calls: 4 },
  ],
  relay: [...at('bare', 20), ...at('pooled', 20), ...at('each', 20)],
  sweep: [...at('pooled', 50), ...at('each', 10)],
  timing: { warmUpMs: 500, windowMs: 1500, graceMs: 300 },
  quietWithinMs: 0,
  repeats: 0,
} as const

export function planOf({ sections, quick: isQuick }: BenchOptions): Plan {
  const { firstWords, relay, sweep, ...manner } = isQuick ? quick : full
  const echoes = [...(sections.includes('relay') ? relay : []), ...(sections.includes('sweep') ? sweep : [])]
  const unique = new Map(echoes.map((point) => [`${point.kind} ${point.calls}`, point]))
  return { firstWords: sections.includes('latency') ? firstWords : [], echoes: [...unique.values()], ...manner }
}

import type { FirstWordKind, FirstWordRun } from '../measure/first-word-run.ts'
import type { Run } from '../run.ts'
import { medianOf, medianPercentiles } from './median.ts'
import type { Percentiles } from './percentiles.ts'

/** Medians over the runs. */
export interface FirstWordSummary {
  readonly kind: FirstWordKind
  /** In each run. */
  readonly calls: number
  readonly failed: number
  readonly answerMs: Percentiles
  readonly upgradeToAudioMs: Percentiles
  readonly answerToAudioMs: Percentiles
  readonly generator: { readonly latenessP99Ms: number; readonly cpuPercent: number }
  readonly runs: number
  readonly reliableRuns: number
}

const order: readonly FirstWordKind[] = ['warm', 'growing', 'cold']

export function summarizeFirstWords(runs: readonly Run[]): readonly FirstWordSummary[] {
  const all = runs.flatMap(({ firstWords }) => firstWords)
  return order.map((kind) => all.filter((run) => run.kind === kind)).flatMap((same) => summarize(same) ?? [])
}

function summarize(runs: readonly FirstWordRun[]): FirstWordSummary | undefined {
  const [first] = runs
  if (!first) return undefined
  return {
    kind: first.kind,
    calls: first.calls,
    failed: runs.reduce((sum, { failures }) => sum + failures.length, 0),
    answerMs: medianPercentiles(runs.map(({ answerMs }) => answerMs)),
    upgradeToAudioMs: medianPercentiles(runs.map(({ upgradeToAudioMs }) => upgradeToAudioMs)),
    answerToAudioMs: medianPercentiles(runs.map(({ answerToAudioMs }) => answerToAudioMs)),
    generator: {
      latenessP99Ms: medianOf(runs.map(({ latenessMs }) => latenessMs.p99)),
      cpuPercent: medianOf(runs.map(({ generatorCpuPercent }) => generatorCpuPercent)),
    },
    runs: runs.length,
    reliableRuns: runs.filter(({ reliable }) => reliable).length,
  }
}

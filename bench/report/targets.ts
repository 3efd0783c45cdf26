import { relayCalls } from '../plan.ts'
import type { EchoSummary } from './echo-summary.ts'
import type { FirstWordSummary } from './first-word-summary.ts'
import { number } from './table.ts'

export interface Verdict {
  readonly target: string
  readonly measured: string
  readonly verdict: 'met' | 'missed' | 'not measured'
}

interface Summaries {
  readonly firstWords: readonly FirstWordSummary[]
  readonly echoes: readonly EchoSummary[]
}

/** What the gateway promises; a change that misses one is not finished. */
export function judge({ firstWords, echoes }: Summaries): readonly Verdict[] {
  const pooled = (calls: number) => echoes.find((summary) => summary.kind === 'pooled' && summary.calls === calls)
  const firstWord = (kind: FirstWordSummary['kind']) => firstWords.find((summary) => summary.kind === kind)
  const cpu = pooled(relayCalls)?.ratios?.serverCpu.median
  return [
    below(`gateway CPU at ${relayCalls} pooled calls, times a bare echo's`, cpu, 3, '×'),
    below('the same, as design D1 wants it', cpu, 2, '×'),
    below('webhook → XML, warm, p99', firstWord('warm')?.answerMs.p99, 10, 'ms'),
    below('webhook → first audio, warm, p99', firstWord('warm')?.answerToAudioMs.p99, 50, 'ms'),
    below('webhook → first audio, cold, p99', firstWord('cold')?.answerToAudioMs.p99, 250, 'ms'),
    below('frames lost or damaged, 200 pooled calls, all runs', spoilt(pooled(200)), 0, 'frames'),
  ]
}

const spoilt = (summary: EchoSummary | undefined) => summary && summary.lost + summary.damaged

function below(what: string, value: number | undefined, limit: number, unit: string): Verdict {
  const target = `${what}: at most ${limit} ${unit}`
  if (value === undefined) return { target, measured: '–', verdict: 'not measured' }
  const measured = `${unit === 'frames' ? value : number(value)} ${unit}`
  return { target, measured, verdict: value <= limit ? 'met' : 'missed' }
}

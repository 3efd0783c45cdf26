import type { ReportedResult } from './junit.ts'

/** One object for each scenario, without its audio. */
export function jsonResult({ result, saved }: ReportedResult): Readonly<Record<string, unknown>> {
  const { scenario, callUuid, failure, steps, warnings, latencies, durationMs } = result
  const rounded = Object.entries(latencies).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, Math.round(ms)]]))
  return {
    type: 'scenario',
    file: scenario.file,
    line: scenario.line,
    name: scenario.name,
    passed: failure === undefined,
    callUuid,
    durationMs: Math.round(durationMs),
    latenciesMs: Object.fromEntries(rounded),
    steps: steps.map(({ line, text, phone, outcome, ms }) => ({
      line,
      step: text,
      ...(phone !== undefined && { phone }),
      outcome,
      ms: Math.round(ms),
    })),
    warnings,
    ...(failure && { failure }),
    ...saved,
  }
}

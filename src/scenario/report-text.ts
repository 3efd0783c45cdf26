import type { ReportedResult } from './junit.ts'
import type { ScenarioResult } from './run-scenario.ts'
import { describeStep, type StepResult } from './run-telephones.ts'

type Colour = 'green' | 'red' | 'yellow' | 'dim' | 'bold'
export type Paint = (colour: Colour, text: string) => string

const mostWarnings = 10

/** How a scenario went, for people; of one that failed, all that helps to mend the bot. */
export function describeResult({ result, saved }: ReportedResult, paint: Paint): string {
  const { scenario, failure, durationMs, warnings } = result
  const verdict = failure ? paint('red', 'FAIL') : paint('green', 'pass')
  const head = `${verdict}  ${paint('bold', scenario.name)}  ${paint('dim', `${scenario.file}:${scenario.line}, ${seconds(durationMs)}`)}`
  const lines = failure ? failureLines(result, failure, paint) : []
  if (warnings.length > 0) lines.push('', paint('yellow', 'the simulator warns:'), ...warningLines(result))
  if (failure && failure.diagnosis.length > 0)
    lines.push('', paint('bold', 'most likely:'), ...failure.diagnosis.map((advice) => `  ${advice}`))
  if (saved) lines.push('', `listen: ${saved.recording} (left: caller, right: bot)`, `events: ${saved.timeline}`)
  return [head, ...lines.map((line) => (line === '' ? '' : `      ${line}`)), ...(lines.length > 0 ? [''] : [])].join(
    '\n',
  )
}

function failureLines(result: ScenarioResult, failure: NonNullable<ScenarioResult['failure']>, paint: Paint): string[] {
  const { scenario, steps } = result
  return [
    ...steps.map((step) => stepLine(step, paint)),
    '',
    paint('red', `${scenario.file}:${failure.line}: ${failure.step}`),
    ...failure.message.split('\n'),
  ]
}

function stepLine(step: StepResult, paint: Paint): string {
  const { outcome, line, ms } = step
  const place = `${String(line).padStart(4)}  ${describeStep(step)}`
  switch (outcome) {
    case 'passed':
      return `${paint('green', '✓')} ${place}  ${paint('dim', seconds(ms))}`
    case 'failed':
      return `${paint('red', '✗')} ${paint('red', place)}  ${paint('dim', seconds(ms))}`
    case 'skipped':
      return paint('dim', `· ${place}`)
  }
}

function warningLines({ warnings }: ScenarioResult): string[] {
  const shown = warnings
    .slice(0, mostWarnings)
    .map(({ atMs, text }) => `${(atMs / 1000).toFixed(3).padStart(8)} s  ${text}`)
  const left = warnings.length - shown.length
  return left > 0 ? [...shown, `            and ${left} more`] : shown
}

/** The last line: `2 passed, 1 failed`. */
export function describeTotal(reported: readonly ReportedResult[], notRun: number): string {
  const failed = reported.filter(({ result }) => result.failure).length
  const parts = [
    `${reported.length - failed} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(notRun > 0 ? [`${notRun} not run`] : []),
  ]
  return parts.join(', ')
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

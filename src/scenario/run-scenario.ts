import { messageOf } from '../lib/errors.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import { type Latencies, latenciesOf } from './checks.ts'
import { diagnose } from './diagnose.ts'
import { StepRunner } from './run-step.ts'
import type { Scenario } from './scenario.ts'
import { ScenarioCall } from './scenario-call.ts'
import type { PlacedStep } from './step.ts'

export interface StepResult extends PlacedStep {
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly ms: number
}

interface Warning {
  readonly atMs: number
  readonly text: string
}

interface ScenarioFailure {
  /** Of the step. */
  readonly line: number
  readonly step: string
  /** What was expected, what was heard instead, and what happened last; several lines. */
  readonly message: string
  /** What is most likely wrong with the bot. */
  readonly diagnosis: readonly string[]
}

export interface ScenarioResult {
  readonly scenario: Scenario
  readonly callUuid: string
  /** Absent: it has passed. */
  readonly failure?: ScenarioFailure
  readonly steps: readonly StepResult[]
  readonly warnings: readonly Warning[]
  readonly latencies: Latencies
  readonly startedAt: Date
  readonly durationMs: number
  readonly timeline: readonly TimelineEvent[]
  readonly recording: () => Uint8Array
}

/** Places the call of a scenario and goes through its steps; the first that fails is the last. Never rejects. */
export async function runScenario(
  scenario: Scenario,
  { answerUrl, signal }: { readonly answerUrl: string; readonly signal: AbortSignal },
): Promise<ScenarioResult> {
  const startedAt = new Date()
  const call = new ScenarioCall(scenario, withAudio(answerUrl, scenario.audio))
  const { clock, timeline } = call
  const begunAt = clock.monotonic()
  const hangUp = () => call.hangUp()
  signal.addEventListener('abort', hangUp, { once: true })
  await call.answered
  const { steps, failed } = await runSteps(scenario.steps, call, signal)
  await call.close()
  signal.removeEventListener('abort', hangUp)
  const { recording } = await call.ended
  const warnings = timeline.events.flatMap(({ atMs, ...event }) =>
    event.type === 'warning' ? [{ atMs, text: event.text }] : [],
  )
  return {
    scenario,
    callUuid: call.callUuid,
    ...(failed && { failure: { ...failed, diagnosis: diagnose(timeline.events, call.line.streams) } }),
    steps,
    warnings,
    latencies: latenciesOf(timeline.events),
    startedAt,
    durationMs: clock.monotonic() - begunAt,
    timeline: timeline.events,
    recording,
  }
}

type Failed = Omit<ScenarioFailure, 'diagnosis'>

async function runSteps(steps: readonly PlacedStep[], call: ScenarioCall, signal: AbortSignal) {
  const runner = new StepRunner(call)
  const results: StepResult[] = []
  let failed: Failed | undefined
  for (const step of steps) {
    if (failed) {
      results.push({ ...step, outcome: 'skipped', ms: 0 })
      continue
    }
    const startedAt = call.clock.monotonic()
    const problem = await runner.run(step.step).then(() => undefined, messageOf)
    const message = signal.aborted ? 'stopped: the run was interrupted' : problem
    const ms = call.clock.monotonic() - startedAt
    results.push({ ...step, outcome: message === undefined ? 'passed' : 'failed', ms })
    if (message !== undefined) failed = { line: step.line, step: step.text, message }
  }
  return { steps: results, failed }
}

/** An Offhook node takes the format from the answer URL. */
function withAudio(answerUrl: string, audio: string | undefined): string {
  if (audio === undefined) return answerUrl
  const url = new URL(answerUrl)
  url.searchParams.set('audio', audio)
  return url.href
}

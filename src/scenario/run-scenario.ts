import { dirname, resolve } from 'node:path'
import type { TimelineEvent } from '../simulator/timeline.ts'
import { RealCall } from '../testing/real-call.ts'
import { type Latencies, latenciesOf } from './checks.ts'
import { diagnose } from './diagnose.ts'
import { type FailedStep, type StepResult, TelephonesRun } from './run-telephones.ts'
import type { Scenario } from './scenario.ts'

interface Warning {
  readonly atMs: number
  readonly text: string
}

interface ScenarioFailure extends FailedStep {
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
  const { call, ready } = dial(scenario, answerUrl)
  const { clock, timeline } = call
  const begunAt = clock.monotonic()
  const hangUp = () => call.hangUp()
  signal.addEventListener('abort', hangUp, { once: true })
  await ready
  const telephones = new TelephonesRun(call, signal)
  const steps = await telephones.run(scenario)
  const { failed } = telephones
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

function dial(scenario: Scenario, answerUrl: string): ReturnType<typeof RealCall.dial> {
  const { file, phones = [], audio, ...settings } = scenario
  const options = {
    ...settings,
    answerUrl: withAudio(answerUrl, audio),
    folder: dirname(resolve(file)),
    phones: Object.fromEntries(phones.map(({ number, behaviour }) => [number, behaviour])),
  }
  return RealCall.dial(options, ({ type }) => type === 'answered')
}

/** An Offhook node takes the format from the answer URL. */
function withAudio(answerUrl: string, audio: string | undefined): string {
  if (audio === undefined) return answerUrl
  const url = new URL(answerUrl)
  url.searchParams.set('audio', audio)
  return url.href
}

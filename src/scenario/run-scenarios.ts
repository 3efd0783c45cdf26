import { runScenario, type ScenarioResult } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'

/** A scenario that has all that it takes to be run. */
export interface ReadyScenario {
  readonly scenario: Scenario
  readonly answerUrl: string
}

export interface RunOptions {
  /** How many at once. */
  readonly parallel: number
  /** Those that run hang up when it fires, and no more are started. */
  readonly signal: AbortSignal
  /** Gets each result as it comes. */
  readonly onResult: (result: ScenarioResult) => Promise<void>
}

/** Runs scenarios in order, some of them at once; returns the results in that order. */
export async function runScenarios(ready: readonly ReadyScenario[], options: RunOptions): Promise<ScenarioResult[]> {
  const { parallel, signal, onResult } = options
  const results: ScenarioResult[] = []
  const waiting = [...ready.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      const [i, { scenario, answerUrl }] = next
      const result = await runScenario(scenario, { answerUrl, signal })
      results[i] = result
      await onResult(result)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return results.filter((result) => result !== undefined)
}

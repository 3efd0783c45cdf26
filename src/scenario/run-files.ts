import { globSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkSpeech } from './check-speech.ts'
import { FileProblem, UnusableFiles } from './file-problem.ts'
import { junitReport, type ReportedResult } from './junit.ts'
import { loadScenarios } from './load-scenarios.ts'
import { jsonResult } from './report-json.ts'
import { describeResult, describeTotal, type Paint } from './report-text.ts'
import type { ScenarioResult } from './run-scenario.ts'
import { type ReadyScenario, runScenarios } from './run-scenarios.ts'
import { saveFailure } from './save-failure.ts'
import type { Scenario } from './scenario.ts'

export interface RunFilesOptions {
  /** In place of those of the files. */
  readonly answerUrl: string | undefined
  readonly authToken: string | undefined
  /** Of scenarios that have none. */
  readonly defaultAuthToken: string | undefined
  /** Parts of names; empty: all are run. */
  readonly only: readonly string[]
  readonly parallel: number
  /** Folder for what failed scenarios leave. */
  readonly out: string
  /** File of the JUnit report. */
  readonly junit: string | undefined
  /** One JSON object per line, in place of text. */
  readonly json: boolean
  readonly signal: AbortSignal
  readonly paint: Paint
  readonly print: (line: string) => void
}

/**
 * Runs the scenarios of files and reports. Returns whether all of them passed.
 * @throws UnusableFiles before any call.
 */
export async function runFiles(paths: readonly string[], options: RunFilesOptions): Promise<boolean> {
  const { parallel, signal, print, json, out, paint, junit } = options
  const ready = await readyScenarios(paths, options)
  const taken = new Set<string>()
  const reported = new Map<ScenarioResult, ReportedResult>()
  const onResult = async (result: ScenarioResult) => {
    const report = result.failure ? { result, saved: await saveFailure(result, out, taken) } : { result }
    reported.set(result, report)
    print(json ? JSON.stringify(jsonResult(report)) : describeResult(report, paint))
  }
  const results = await runScenarios(ready, { parallel, signal, onResult })
  const inOrder = results.flatMap((result) => reported.get(result) ?? [])
  const total = describeTotal(inOrder, ready.length - results.length)
  const failed = results.filter(({ failure }) => failure).length
  if (json)
    print(
      JSON.stringify({
        type: 'result',
        passed: results.length - failed,
        failed,
        notRun: ready.length - results.length,
      }),
    )
  else print(total)
  if (junit !== undefined) {
    await mkdir(dirname(junit), { recursive: true })
    await writeFile(junit, junitReport(inOrder))
  }
  return failed === 0 && results.length === ready.length
}

async function readyScenarios(paths: readonly string[], options: RunFilesOptions): Promise<readonly ReadyScenario[]> {
  const { scenarios, problems } = loadScenarios(paths.flatMap(expand))
  const ready: ReadyScenario[] = []
  const addressless: FileProblem[] = []
  for (const scenario of scenarios.filter(({ name }) => isWanted(name, options.only))) {
    const answerUrl = options.answerUrl ?? scenario.answerUrl
    if (answerUrl === undefined) addressless.push(withoutAddress(scenario))
    else ready.push({ scenario: withToken(scenario, options), answerUrl })
  }
  const speechless = await Promise.all(ready.map(({ scenario }) => checkSpeech(scenario)))
  const all = [...problems, ...addressless, ...speechless.flat()]
  if (all.length > 0) throw new UnusableFiles(all.map(({ message }) => message).join('\n'))
  if (ready.length > 0) return ready
  const names = scenarios.map(({ name }) => `  ${name}`).join('\n')
  throw new UnusableFiles(`--only ${options.only.join(' ')}: no scenario has that in its name; there is:\n${names}`)
}

const isWanted = (name: string, only: readonly string[]): boolean =>
  only.length === 0 || only.some((part) => name.toLowerCase().includes(part.toLowerCase()))

function withToken(scenario: Scenario, { authToken, defaultAuthToken }: RunFilesOptions): Scenario {
  const token = authToken ?? scenario.authToken ?? defaultAuthToken
  return token === undefined ? scenario : { ...scenario, authToken: token }
}

/** Shells leave a pattern as it is when it is quoted, or when they know none. */
const expand = (path: string): readonly string[] => {
  const files = /[*?]/.test(path) ? globSync(path).sort() : []
  return files.length > 0 ? files : [path]
}

const withoutAddress = ({ file, line }: Scenario) =>
  new FileProblem({ file, line, column: 1 }, 'answer_url', 'is missing: write it here, or give --answer-url')

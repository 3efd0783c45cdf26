import type { ScenarioResult } from './run-scenario.ts'
import type { SavedFailure } from './save-failure.ts'

export interface ReportedResult {
  readonly result: ScenarioResult
  /** Of a scenario that failed. */
  readonly saved?: SavedFailure
}

/** A JUnit report: a suite for each file, a test case for each scenario. */
export function junitReport(reported: readonly ReportedResult[]): string {
  const files = Map.groupBy(reported, ({ result }) => result.scenario.file)
  const suites = [...files].map(([file, results]) => suite(file, results))
  const counts = countsOf(reported)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: 'offhook', ...counts }, suites)}\n`
}

function suite(file: string, reported: readonly ReportedResult[]): string {
  const timestamp = reported[0]?.result.startedAt.toISOString() ?? ''
  return element('testsuite', { name: file, timestamp, ...countsOf(reported) }, reported.map(testCase))
}

function testCase({ result, saved }: ReportedResult): string {
  const { scenario, durationMs, failure } = result
  const attributes = { name: scenario.name, classname: scenario.file, file: scenario.file, time: seconds(durationMs) }
  const line = String(failure?.line ?? scenario.line)
  return element('testcase', { ...attributes, line }, [
    ...(failure ? [failureElement(failure, scenario.file, saved)] : []),
    ...(result.warnings.length > 0 ? [element('system-out', {}, [escape(warningLines(result))])] : []),
  ])
}

function failureElement(
  { line, step, message, diagnosis }: NonNullable<ScenarioResult['failure']>,
  file: string,
  saved: SavedFailure | undefined,
): string {
  const text = [
    `${file}:${line}: ${step}`,
    message,
    ...diagnosis.map((advice) => `likely: ${advice}`),
    ...(saved ? [`recording: ${saved.recording}`] : []),
  ]
  const attributes = { message: `line ${line}: ${step}: ${message.split('\n')[0] ?? ''}`, type: 'expectation' }
  return element('failure', attributes, [escape(text.join('\n'))])
}

const warningLines = ({ warnings }: ScenarioResult): string =>
  warnings.map(({ atMs, text }) => `${seconds(atMs)} s  warning: ${text}`).join('\n')

function countsOf(reported: readonly ReportedResult[]) {
  const failures = reported.filter(({ result }) => result.failure).length
  const ms = reported.reduce((sum, { result }) => sum + result.durationMs, 0)
  return { tests: String(reported.length), failures: String(failures), errors: '0', time: seconds(ms) }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3)

function element(name: string, attributes: Readonly<Record<string, string>>, content: readonly string[]): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(value).replaceAll('\n', '&#10;')}"`)
  const start = `<${name}${pairs.join('')}`
  return content.length === 0 ? `${start}/>` : `${start}>${content.join('\n')}</${name}>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** What XML 1.0 cannot hold, escaped or not, becomes a question mark: bots say what they like. */
const escape = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?')
    .replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? '')

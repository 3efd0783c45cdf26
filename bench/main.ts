/** `npm run bench`: see README.md beside this file. */
import { messageOf } from '../src/lib/errors.ts'
import { type MachineFacts, readMachineFacts } from './machine/facts.ts'
import { Workplace } from './measure/workplace.ts'
import { type BenchOptions, parseOptions, usage } from './options.ts'
import { type Plan, planOf } from './plan.ts'
import { profileRelay } from './profile/profile-relay.ts'
import { summarizeEchoes } from './report/echo-summary.ts'
import { summarizeFirstWords } from './report/first-word-summary.ts'
import { formatReport } from './report/report.ts'
import { saveResults } from './report/save.ts'
import { judge } from './report/targets.ts'
import { measureOnce, type Run } from './run.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)))
}

async function bench(options: BenchOptions): Promise<void> {
  const machine = readMachineFacts()
  const startedAt = new Date().toISOString()
  await using workplace = await Workplace.open(interrupted.signal)
  if (options.profile) {
    process.stdout.write(await profileRelay(workplace))
    return
  }
  const plan = planOf(options)
  const runs: Run[] = []
  try {
    while (runs.length < options.runs) runs.push(await measureOnce(plan, runs.length, workplace))
  } finally {
    // Half an hour's work is not thrown away for the run that was interrupted.
    if (runs.length > 0) await report({ startedAt, machine, options, plan, runs })
  }
}

interface Results {
  readonly startedAt: string
  readonly machine: MachineFacts
  readonly options: BenchOptions
  readonly plan: Plan
  readonly runs: readonly Run[]
}

async function report({ runs, ...context }: Results): Promise<void> {
  const firstWords = summarizeFirstWords(runs)
  const echoes = summarizeEchoes(runs)
  const verdicts = judge({ firstWords, echoes })
  const repeated = runs.flatMap((run) => run.repeated)
  const facts = { machine: context.machine, runs: runs.length, repeated }
  process.stdout.write(`\n${formatReport({ ...facts, verdicts, firstWords, echoes })}`)
  const path = await saveResults({ ...context, verdicts, firstWords, echoes, runs })
  process.stdout.write(`\nEach run's values: ${path}\n`)
}

function optionsOrUsage(): BenchOptions {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${usage}\n`)
    process.exit(1)
  }
}

const options = optionsOrUsage()
try {
  await bench(options)
} catch (error) {
  if (!interrupted.signal.aborted) throw error
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 130
}

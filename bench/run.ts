import { type EchoRun, runEcho } from './measure/echo-run.ts'
import { type FirstWordRun, runFirstWord } from './measure/first-word-run.ts'
import type { Workplace } from './measure/workplace.ts'
import type { Plan } from './plan.ts'

/** All that was measured once. Ratios are taken within a run: whatever troubled the machine troubled both sides. */
export interface Run {
  readonly firstWords: readonly FirstWordRun[]
  readonly echoes: readonly EchoRun[]
}

/** Measures everything once. Each run begins elsewhere, so that no load is always the first or the last. */
export async function measureOnce(plan: Plan, number: number, workplace: Workplace): Promise<Run> {
  const firstWords: FirstWordRun[] = []
  for (const point of rotate(plan.firstWords, number)) {
    const run = await runFirstWord(point, workplace)
    firstWords.push(run)
    tell(number, `first word, ${point.kind}, ${point.calls} calls`, run)
  }
  const echoes: EchoRun[] = []
  for (const point of rotate(plan.echoes, number)) {
    const run = await runEcho({ ...point, timing: plan.timing }, workplace)
    echoes.push(run)
    tell(number, `echo, ${point.kind}, ${point.calls} calls`, run)
  }
  return { firstWords, echoes }
}

const rotate = <T>(items: readonly T[], by: number): readonly T[] => {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

function tell(number: number, what: string, { reliable, failures }: EchoRun | FirstWordRun): void {
  const problem = failures[0] === undefined ? '' : `, ${failures.length} calls failed: ${failures[0]}`
  process.stderr.write(`run ${number + 1}: ${what}${reliable ? '' : ', not reliable'}${problem}\n`)
}

import { untilQuiet } from './machine/quiet.ts'
import { type EchoRun, runEcho } from './measure/echo-run.ts'
import { type FirstWordRun, runFirstWord } from './measure/first-word-run.ts'
import type { Workplace } from './measure/workplace.ts'
import type { Plan } from './plan.ts'

/** All that was measured once. Ratios are taken within a run: whatever troubled the machine troubled both sides. */
export interface Run {
  readonly firstWords: readonly FirstWordRun[]
  readonly echoes: readonly EchoRun[]
  /** What was measured again because the generator had been late. */
  readonly repeated: readonly (FirstWordRun | EchoRun)[]
}

/** Measures everything once. Each run begins elsewhere, so that no load is always the first or the last. */
export async function measureOnce(plan: Plan, number: number, workplace: Workplace): Promise<Run> {
  const repeated: (FirstWordRun | EchoRun)[] = []
  const measure = async <T extends FirstWordRun | EchoRun>(what: string, once: () => Promise<T>): Promise<T> => {
    for (let repeats = 0; ; repeats++) {
      await untilQuiet(plan.quietWithinMs, workplace.signal)
      const result = await once()
      process.stderr.write(`run ${number + 1}: ${what}${remarkOn(result)}\n`)
      if (result.reliable || repeats >= plan.repeats) return result
      repeated.push(result)
    }
  }
  const firstWords: FirstWordRun[] = []
  for (const point of rotate(plan.firstWords, number)) {
    const what = `first word, ${point.kind}, ${point.calls} calls`
    firstWords.push(await measure(what, () => runFirstWord(point, workplace)))
  }
  const echoes: EchoRun[] = []
  for (const point of rotate(plan.echoes, number)) {
    const what = `echo, ${point.kind}, ${point.calls} calls`
    echoes.push(await measure(what, () => runEcho({ ...point, timing: plan.timing }, workplace)))
  }
  return { firstWords, echoes, repeated }
}

const rotate = <T>(items: readonly T[], by: number): readonly T[] => {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

const remarkOn = ({ reliable, failures }: FirstWordRun | EchoRun): string =>
  `${reliable ? '' : ', not reliable'}${failures.length === 0 ? '' : `: ${failures.slice(0, 5).join('; ')}`}`

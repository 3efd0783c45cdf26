import { messageOf } from '../lib/errors.ts'
import { speech } from '../testing/speech.ts'
import { FileProblem } from './file-problem.ts'
import type { Scenario } from './scenario.ts'

/** Speaks every text of a scenario once, so that what cannot be spoken is told before any call. */
export async function checkSpeech({ file, steps, phones = [] }: Scenario): Promise<FileProblem[]> {
  const problems: FileProblem[] = []
  for (const { line, step } of [...steps, ...phones.flatMap((phone) => phone.steps)]) {
    if (!('audio' in step) || typeof step.audio !== 'object' || !('text' in step.audio)) continue
    try {
      await speech(step.audio)
    } catch (error) {
      problems.push(new FileProblem({ file, line, column: 1 }, '', messageOf(error)))
    }
  }
  return problems
}

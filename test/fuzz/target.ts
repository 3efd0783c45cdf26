import type { Random } from './random.ts'

/** Something that is fed rubbish. */
export interface Target {
  readonly name: string
  /** Which of the two programs reads it. */
  readonly side: 'simulator' | 'offhook'
  /** Share of the cases of its side. */
  readonly share: number
  /** Cases that are one round: what is started for them is new, and afterwards nothing of it is left. */
  readonly roundCases: number
  /** @throws when something happens that must not. */
  run(random: Random, cases: number): Promise<void> | void
}

export function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

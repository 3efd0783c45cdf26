import { messageOf } from '../lib/errors.ts'
import { plainNumber } from '../simulator/phone-book.ts'
import { Ear } from '../testing/ear.ts'
import { failure } from '../testing/failure.ts'
import type { RealCall } from '../testing/real-call.ts'
import { StepRunner } from './run-step.ts'
import type { Scenario, ScenarioPhone } from './scenario.ts'
import type { PlacedStep } from './step.ts'

export interface StepResult extends PlacedStep {
  /** Of a step that is done at a telephone that was dialled: its number. */
  readonly phone?: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly ms: number
}

export interface FailedStep {
  readonly line: number
  readonly step: string
  /** What was expected, what was heard instead, and what happened last; several lines. */
  readonly message: string
}

interface Telephone {
  readonly party: Pick<RealCall, 'clock'>
  readonly phone: string | undefined
  readonly run: (step: PlacedStep) => Promise<void>
}

/** When the steps of the call are done, a telephone that nobody has called yet may be called for so long. */
const patienceMs = 5_000

/** Goes through the steps of all telephones of a call at once. The first step that fails ends them all. */
export class TelephonesRun {
  readonly #call: RealCall
  readonly #signal: AbortSignal
  /** Of the first step that has failed. */
  failed: FailedStep | undefined
  #giveUpAtMs = Number.POSITIVE_INFINITY

  constructor(call: RealCall, signal: AbortSignal) {
    this.#call = call
    this.#signal = signal
  }

  /** Results of the call's own steps, then those of each telephone. */
  async run({ steps, phones = [] }: Pick<Scenario, 'steps' | 'phones'>): Promise<StepResult[]> {
    const runner = new StepRunner(this.#call)
    const own = this.#follow(steps, { party: this.#call, phone: undefined, run: ({ step }) => runner.run(step) })
    const others = phones.filter((phone) => phone.steps.length > 0).map((phone) => this.#runPhone(phone))
    const results = await own
    this.#giveUpAtMs = this.#call.timeline.nowMs + patienceMs
    return [results, ...(await Promise.all(others))].flat()
  }

  async #runPhone({ number, steps }: ScenarioPhone): Promise<StepResult[]> {
    const { line, timeline } = this.#call
    const legs = (type: 'leg-dialled' | 'leg-answered') =>
      timeline.events.flatMap((event) =>
        event.type === type && plainNumber(event.to) === number ? [event.callUuid] : [],
      )
    await line.when(() => legs('leg-answered').length > 0 || timeline.nowMs >= this.#giveUpAtMs)
    const party = legs('leg-answered').flatMap((callUuid) => this.#call.leg(callUuid) ?? [])[0]
    const runner = party && new StepRunner(party)
    const run = async ({ step }: PlacedStep) => {
      if (runner) return runner.run(step)
      const what = legs('leg-dialled').length > 0 ? `nobody answered at ${number}` : `nobody called ${number}`
      throw await failure(`${what}, and it has steps to be done from the answer on`, {
        party: this.#call,
        ear: new Ear(this.#call),
        fromMs: 0,
        prompts: new Map(),
      })
    }
    return this.#follow(steps, { party: this.#call, phone: number, run })
  }

  async #follow(steps: readonly PlacedStep[], { party, phone, run }: Telephone): Promise<StepResult[]> {
    const results: StepResult[] = []
    const at = phone === undefined ? {} : { phone }
    for (const step of steps) {
      if (this.failed) {
        results.push({ ...step, ...at, outcome: 'skipped', ms: 0 })
        continue
      }
      const startedAt = party.clock.monotonic()
      const problem = await run(step).then(() => undefined, messageOf)
      const message = this.#signal.aborted ? 'stopped: the run was interrupted' : problem
      const ms = party.clock.monotonic() - startedAt
      // When a step has failed elsewhere the call was ended, and this one could not but fail.
      const outcome = message === undefined ? 'passed' : this.failed ? 'skipped' : 'failed'
      results.push({ ...step, ...at, outcome, ms })
      if (message !== undefined && !this.failed)
        this.#fail({ line: step.line, step: describeStep({ ...step, ...at }), message })
    }
    return results
  }

  #fail(failed: FailedStep): void {
    this.failed = failed
    this.#call.hangUp()
  }
}

/** As it was written, with the telephone where it was done. */
export const describeStep = ({ phone, text }: Pick<StepResult, 'phone' | 'text'>): string =>
  phone === undefined ? text : `${phone}: ${text}`

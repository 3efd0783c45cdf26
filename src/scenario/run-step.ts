import type { CallParty } from '../testing/call-party.ts'
import { Ear } from '../testing/ear.ts'
import { failure } from '../testing/failure.ts'
import { TestCall } from '../testing/test-call.ts'
import { checkHangUp, checkLatency, checkStream, eventFits } from './checks.ts'
import type { ExpectedStream, ExpectHangUp, ExpectLatency, Step } from './step.ts'

const pressGapMs = 250

/** Does the steps of one telephone. A step that fails rejects, with what was heard instead. */
export class StepRunner {
  readonly #party: CallParty
  readonly #call: TestCall

  constructor(party: CallParty) {
    this.#party = party
    this.#call = new TestCall(party)
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'press':
        return this.#press(step.digits)
      case 'say':
        await this.#untilSomebodyListens('say something')
        return this.#call.says(step.audio)
      case 'wait':
        return this.#wait(step.ms)
      case 'wait-for-quiet':
        return this.#call.hearsNothingFor(step.ms, { withinMs: step.withinMs })
      case 'hang-up':
        this.#call.hangsUp()
        return
      default:
        return this.#expect(step)
    }
  }

  async #expect(step: Exclude<Step, { do: 'press' | 'say' | 'wait' | 'wait-for-quiet' | 'hang-up' }>): Promise<void> {
    switch (step.do) {
      case 'hear-anything':
        return this.#call.hearsSomething(step)
      case 'hear-audio':
        return this.#call.hears(step.audio, step)
      case 'hear-tone':
        return this.#call.hearsTone(step.frequencyHz, step)
      case 'hear-silence':
        return this.#call.hearsNothingFor(step.ms, step)
      case 'expect-digits':
        return this.#call.hearsDigits(step.digits, step)
      case 'expect-hang-up':
        return this.#expectHangUp(step)
      case 'expect-latency':
        return this.#expectLatency(step)
      case 'expect-event': {
        const { type, fields, withinMs } = step
        await this.#call.happens(type, { withinMs, where: (event) => eventFits(event, fields) })
        return
      }
      case 'expect':
        if (step.stream) await this.#expectStream(step.stream)
        if (step.noWarnings) await this.#expectNoWarnings()
    }
  }

  async #press(digits: string): Promise<void> {
    await this.#untilSomebodyListens(`press ${digits}`)
    this.#call.press(digits)
    await this.#call.waits((digits.length - 1) * pressGapMs)
  }

  async #wait(ms: number): Promise<void> {
    const endMs = this.#call.nowMs + ms
    await this.#call.waits(ms)
    // A timer may be a part of a millisecond early.
    if (this.#party.result && this.#call.nowMs < endMs - 1)
      await this.#fail(`the caller waits ${ms} ms, and the call was over before`)
  }

  /** A stream that still connects would miss it, and every scenario would have to wait for it. */
  async #untilSomebodyListens(what: string): Promise<void> {
    const { line } = this.#party
    await line.when(() => line.stream?.open !== false)
    const over = this.#call.timeline.some(({ type }) => type === 'ended')
    if (over) await this.#party.ended.then(() => this.#fail(`the caller was to ${what}, and the call was over`))
  }

  async #expectHangUp(expected: ExpectHangUp): Promise<void> {
    const { by, withinMs } = expected
    const giveUpAtMs = this.#call.nowMs + withinMs
    await this.#party.line.when(() => this.#call.nowMs >= giveUpAtMs)
    const ended = this.#call.timeline.find((event) => event.type === 'ended')
    if (!ended)
      return this.#fail(`expected a hang-up${by === undefined ? '' : ` by ${by}`} within ${withinMs} ms, in vain`)
    const result = await this.#party.ended
    const problem = checkHangUp(expected, { by: result.by, ended })
    if (problem !== undefined) await this.#fail(problem)
  }

  async #expectLatency({ limits }: ExpectLatency): Promise<void> {
    const most = Math.max(0, ...Object.values(limits))
    await this.#party.line.when(
      () => this.#call.nowMs >= most || checkLatency(limits, this.#call.timeline) === undefined,
    )
    const problem = checkLatency(limits, this.#call.timeline)
    if (problem !== undefined) await this.#fail(problem)
  }

  async #expectStream(expected: ExpectedStream): Promise<void> {
    await this.#call.happens('element', { where: ({ name }) => name === 'Stream' })
    const problem = checkStream(expected, this.#call.timeline)
    if (problem !== undefined) await this.#fail(problem)
  }

  async #expectNoWarnings(): Promise<void> {
    const texts = this.#call.timeline.flatMap((event) => (event.type === 'warning' ? [event.text] : []))
    if (texts.length > 0) await this.#fail(`expected no warnings, got: ${texts.join('; ')}`)
  }

  async #fail(what: string): Promise<never> {
    throw await failure(what, { party: this.#party, ear: new Ear(this.#party), fromMs: 0, prompts: new Map() })
  }
}

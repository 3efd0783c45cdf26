import type { Clock } from '../lib/clock.ts'
import { type InterruptRule, parseInterruptible } from './barge-in.ts'
import { DigitCollector, type DigitsOptions, type DigitsResult, parseDigitRules } from './digits.ts'
import { Utterance } from './utterance.ts'

type Prompt = Exclude<NonNullable<DigitsOptions['prompt']>, Utterance>

interface KeypadOptions {
  readonly clock: Clock
  /** Takes the oldest key that waits unread. */
  readonly takeDigit: () => string | undefined
  readonly signal: AbortSignal
  /** Plays a prompt that keys do not cut. */
  readonly play: (prompt: Prompt) => Utterance
  readonly watch: (utterance: Utterance, rule: InterruptRule) => void
}

interface Asking {
  readonly collector: DigitCollector
  readonly prompt: DigitsOptions['prompt']
  readonly rule: InterruptRule | undefined
  /** What is being played of it. */
  utterance?: Utterance
}

/** The caller's keys, while the bot asks for some. */
export class Keypad {
  readonly #options: KeypadOptions
  #asking: Asking | undefined

  constructor(options: KeypadOptions) {
    this.#options = options
  }

  /** Throws what is wrong with the options, and rejects with what is wrong with the prompt. */
  collect(options: DigitsOptions): Promise<DigitsResult> {
    const { clock, takeDigit, signal } = this.#options
    const { prompt, interruptible = { by: ['key'] }, flush = false } = options
    const rules = parseDigitRules(options)
    const rule = parseInterruptible(interruptible)
    if (prompt instanceof Utterance && rules.retries > 0)
      throw new TypeError('digits: an utterance cannot be repeated; give prompt a source, or { say: text }')
    if (this.#asking?.collector.collecting) throw new Error('digits is collecting already; await it first')
    const collector = new DigitCollector(rules, clock, () => this.#prompt(asking))
    const asking: Asking = { collector, prompt, rule }
    this.#asking = asking
    while (collector.collecting) {
      const digit = takeDigit()
      if (digit === undefined) break
      if (!flush) collector.press(digit)
    }
    // A caller who types ahead knows what is asked.
    if (prompt instanceof Utterance && rule?.byKey && (collector.hasDigits || !collector.collecting))
      prompt.interrupt('key')
    if (signal.aborted) collector.end('hang-up')
    if (collector.collecting) this.#prompt(asking)
    return collector.result
  }

  /** False: nobody asked for it. */
  press(digit: string): boolean {
    const asking = this.#asking
    if (!asking?.collector.collecting) return false
    asking.collector.press(digit)
    this.#cutByKey(asking, digit)
    return true
  }

  /** The call is over. */
  end(): void {
    this.#asking?.collector.end('hang-up')
  }

  #prompt(asking: Asking): void {
    const { prompt, collector, rule } = asking
    const { play, watch } = this.#options
    if (prompt === undefined || (collector.hasDigits && rule?.byKey)) return collector.start()
    const utterance = prompt instanceof Utterance ? prompt : play(prompt)
    asking.utterance = utterance
    // Its keys are cut below, for they count from the moment it is in line.
    if (rule?.bySpeech) watch(utterance, { ...rule, byKey: false })
    utterance.then(
      () => {
        if (asking.utterance === utterance) collector.start()
      },
      (error: unknown) => collector.fail(error),
    )
  }

  #cutByKey({ utterance, rule, collector }: Asking, digit: string): void {
    if (!utterance?.playing || !rule?.byKey || (rule.keys !== undefined && !rule.keys.includes(digit))) return
    utterance.interrupt('key')
    collector.start()
  }
}

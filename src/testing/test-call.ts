import { writeFile } from 'node:fs/promises'
import { encodeWav } from '../audio/wav.ts'
import { sleep } from '../lib/clock.ts'
import { checkDigits, sayWords } from '../simulator/caller-script.ts'
import { plainNumber } from '../simulator/phone-book.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import { type AudioSource, loadAudio } from './audio-source.ts'
import type { CallResult, EndedBy } from './call-end.ts'
import type { CallParty } from './call-party.ts'
import { Ear, isAudible } from './ear.ts'
import { failure } from './failure.ts'
import { Prompt } from './prompt.ts'
import { PromptWatch } from './prompt-watch.ts'
import { findDigits, findTone } from './tones.ts'
import { type TransferOutcome, transferOutcome } from './transfer-outcome.ts'

export interface Patience {
  /** Milliseconds of the call, from now on. */
  readonly withinMs?: number
}

/** One kind of event in a call's timeline. */
export type EventOf<Type extends TimelineEvent['type']> = Extract<TimelineEvent, { readonly type: Type }>

const defaultWithinMs = 5000
const pressGapMs = 250
const digitsStepMs = 100
/** How much of a tone is enough, and how much around it decides where it begins. */
const defaultToneMs = 100
const toneMarginMs = 60

/**
 * A call in a test, from its caller's chair. In virtual time, time passes only while something here is awaited. What is
 * expected to be heard is looked for after what was heard by the last expectation. All times are in milliseconds since
 * the dialling, as in the timeline.
 */
export class TestCall implements AsyncDisposable {
  readonly #party: CallParty
  readonly #ear: Ear
  /** Prompts that were expected in this call, by file. */
  readonly #prompts = new Map<string, Prompt>()
  /** Legs that were given away. */
  readonly #taken = new Set<string>()
  #heardToMs = 0

  /** @internal */
  constructor(party: CallParty) {
    this.#party = party
    this.#ear = new Ear(party)
  }

  /** What has happened so far. */
  get timeline(): readonly TimelineEvent[] {
    return this.#party.timeline.events
  }

  get nowMs(): number {
    return this.#ear.nowMs
  }

  /** The end of the call, whoever brings it about. Asking for it lets time pass until then. */
  get ended(): Promise<CallResult> {
    return this.#party.pass(this.#party.ended)
  }

  /**
   * The caller presses keys, the first of them now and the others 250 ms apart.
   * @throws RangeError when one is none of `0-9 * # A-D`.
   */
  press(digits: string): void {
    checkDigits(digits)
    const { line, clock } = this.#party
    for (const [i, digit] of digits.split('').entries()) {
      if (i === 0) line.press(digit)
      else clock.after(i * pressGapMs, () => line.press(digit))
    }
  }

  /** The caller speaks; a text is understood by speech recognition too. Resolves when all is said, or the call is over. */
  async says(speech: AudioSource): Promise<void> {
    const { pcm, text } = await loadAudio(speech, this.#party.folder)
    const { line, clock } = this.#party
    await this.#party.pass(text === undefined ? line.speak(pcm) : sayWords(text, pcm, { line, clock }))
  }

  /** The caller does nothing for so long, or until a promise is settled; until the end of the call at most. */
  async waits(until: number | Promise<unknown>): Promise<void> {
    const { clock, ended } = this.#party
    const settled = typeof until === 'number' ? sleep(clock, until) : until
    await this.#party.pass(Promise.race([settled, ended]))
  }

  /**
   * The bot dies as if its process were killed, and another run of it gets the call, with `call.resumed`. Of what the dead
   * one awaits of its call nothing comes. What it does apart from the call goes on, and so do the variables of its file.
   * @throws Error when no bot has the call, or the bot runs elsewhere.
   */
  crashBot(): void {
    const crashed = this.#party.crashBot?.()
    if (crashed === undefined)
      throw new Error('crashBot: the bot runs elsewhere; only one that `dialBot` runs can be crashed')
    if (!crashed) throw new Error('crashBot: no bot has the call')
  }

  /** The caller hangs up, if the call is not over yet. */
  hangsUp(): void {
    this.#party.hangUp()
  }

  /**
   * Expects a recording to begin within 5 s and to be heard to its end, however loud; small gaps do no harm. Resolves
   * when its last sound has been heard.
   */
  async hears(prompt: AudioSource, { withinMs = defaultWithinMs }: Patience = {}): Promise<void> {
    const expected = await this.#loadPrompt(prompt)
    const fromMs = this.#heardToMs
    const watch = new PromptWatch(expected, this.#ear, fromMs)
    const lengthMs = expected.durationMs
    const found = await this.#wait(withinMs + lengthMs, (last) => watch.check(last))
    if (!found)
      throw await this.#failure(`expected to hear ${expected.name} begin within ${withinMs} ms, to its end`, fromMs)
    this.#heardToMs = found.endMs
  }

  /** Expects a pure tone for 100 ms, or for `forMs`. */
  async hearsTone(frequencyHz: number, options: Patience & { readonly forMs?: number } = {}): Promise<void> {
    const { withinMs = defaultWithinMs, forMs = defaultToneMs } = options
    const fromMs = this.#heardToMs
    let scanFromMs = Math.max(fromMs, this.#ear.answeredAtMs)
    const found = await this.#wait(withinMs + forMs, () => {
      const { endMs } = this.#ear
      const tones = findTone(this.#ear.heard(scanFromMs, endMs), frequencyHz)
      const tone = tones.find(({ fromMs, toMs }) => toMs - fromMs >= forMs)
      if (tone) return scanFromMs + tone.toMs
      scanFromMs = Math.max(scanFromMs, scanFromMs + 20 * Math.floor((endMs - scanFromMs - forMs - toneMarginMs) / 20))
      return undefined
    })
    const what = `expected to hear a tone of ${frequencyHz} Hz for ${forMs} ms within ${withinMs} ms`
    if (found === undefined) throw await this.#failure(what, fromMs)
    this.#heardToMs = found
  }

  /** Expects any sound. */
  async hearsSomething({ withinMs = defaultWithinMs }: Patience = {}): Promise<void> {
    const fromMs = this.#heardToMs
    const found = await this.#wait(withinMs, () => this.#ear.firstSound(this.#heardToMs, this.#ear.endMs))
    if (found === undefined) throw await this.#failure(`expected to hear something within ${withinMs} ms`, fromMs)
    this.#heardToMs = found
  }

  /** Expects silence on an open line for so long: from now on, or beginning at most `withinMs` later. */
  async hearsNothingFor(ms: number, { withinMs = 0 }: Patience = {}): Promise<void> {
    const fromMs = this.nowMs
    let quietSinceMs = fromMs
    // Until it is decided by what is heard: on a busy machine that comes behind the clock.
    const quiet = await this.#wait(Number.POSITIVE_INFINITY, (last) => {
      const { endMs } = this.#ear
      const lastSound = this.#ear.levels(quietSinceMs, endMs, 20).findLastIndex(isAudible)
      if (lastSound >= 0) quietSinceMs = Math.min(endMs, quietSinceMs + (lastSound + 1) * 20)
      if (endMs - quietSinceMs >= ms) return true
      return last || quietSinceMs > fromMs + withinMs ? false : undefined
    })
    const begin = withinMs === 0 ? '' : `, beginning within ${withinMs} ms`
    if (!quiet) throw await this.#failure(`expected to hear nothing for ${ms} ms${begin}`, fromMs)
    this.#heardToMs = this.nowMs
  }

  /** Expects keys that the bot presses: with `sendDigits`, or as tones in its audio. */
  async hearsDigits(digits: string, { withinMs = defaultWithinMs }: Patience = {}): Promise<void> {
    checkDigits(digits)
    const fromMs = this.#heardToMs
    let lookAtMs = 0
    const found = await this.#wait(withinMs, (last) => {
      const { nowMs } = this
      if (nowMs < lookAtMs && !last) return undefined
      lookAtMs = nowMs + digitsStepMs
      const sent = this.#events('bot-sent-dtmf', fromMs).map((event) => event.digits)
      const heard = [sent.join(''), findDigits(this.#ear.heard(fromMs, this.#ear.endMs))]
      return heard.some((keys) => keys.includes(digits)) ? true : undefined
    })
    if (!found) throw await this.#failure(`expected to hear the keys ${digits} within ${withinMs} ms`, fromMs)
    this.#heardToMs = this.#ear.endMs
  }

  /** Expects an event in the timeline, past or to come, and returns the first that fits. */
  async happens<Type extends TimelineEvent['type']>(
    type: Type,
    options: Patience & { readonly where?: (event: EventOf<Type>) => boolean } = {},
  ): Promise<EventOf<Type>> {
    const { withinMs = defaultWithinMs, where = () => true } = options
    const found = await this.#wait(withinMs, () => this.#events(type, 0).find(where))
    if (!found) throw await this.#failure(`expected "${type}" to happen within ${withinMs} ms`, this.#heardToMs)
    return found
  }

  /**
   * Expects the caller to be put through to a number or `sip:` URI, whoever answers; with `outcome`, until it is known what
   * comes of that: `answered` when the two are connected.
   */
  async isTransferredTo(
    number: string,
    { withinMs = defaultWithinMs, outcome }: Patience & { readonly outcome?: TransferOutcome } = {},
  ): Promise<void> {
    const wanted = plainNumber(number)
    const dialled = () => this.#events('leg-dialled', 0).findLast(({ to }) => plainNumber(to) === wanted)
    const came = () => {
      const leg = dialled()
      return leg && (outcome === undefined ? true : transferOutcome(leg.callUuid, this.timeline))
    }
    const found = await this.#wait(withinMs, came)
    if (found === undefined || (outcome !== undefined && found !== outcome)) {
      const how = outcome === undefined ? '' : ` that is ${outcome}`
      const instead = found === undefined ? '' : `, and not ${found}`
      throw await this.#failure(
        `expected a transfer to ${number}${how}${instead} within ${withinMs} ms`,
        this.#heardToMs,
      )
    }
  }

  /**
   * Expects somebody at a number or `sip:` URI that was dialled for the caller to answer, and returns the call as it is
   * there: what is heard, said and pressed, and the hang-up; the next time, the next that answers. Its times begin with the dialling of that number.
   */
  async isAnsweredBy(number: string, { withinMs = defaultWithinMs }: Patience = {}): Promise<TestCall> {
    const wanted = plainNumber(number)
    const answered = () =>
      this.#events('leg-answered', 0).find(
        ({ to, callUuid }) => plainNumber(to) === wanted && !this.#taken.has(callUuid),
      )
    const found = await this.#wait(withinMs, answered)
    const leg = found && this.#party.leg?.(found.callUuid)
    if (!found || !leg) throw await this.#failure(`expected ${number} to answer within ${withinMs} ms`, this.#heardToMs)
    this.#taken.add(found.callUuid)
    return new TestCall(leg)
  }

  /** Expects Plivo to begin to record what the caller says (`<Record>`). */
  async isRecorded({ withinMs = defaultWithinMs }: Patience = {}): Promise<void> {
    const record = () => this.#events('element', 0).find(({ name }) => name === 'Record')
    const found = await this.#wait(withinMs, record)
    if (!found) throw await this.#failure(`expected a recording within ${withinMs} ms`, this.#heardToMs)
  }

  /** Expects the call to end, and by whom. Returns what became of it. */
  async hangsUpBy(who: EndedBy, { withinMs = defaultWithinMs }: Patience = {}): Promise<CallResult> {
    const result = await this.#wait(withinMs, () => this.#party.result)
    if (!result) throw await this.#failure(`expected a hang-up by ${who} within ${withinMs} ms`, this.#heardToMs)
    if (result.by !== who)
      throw await this.#failure(`expected a hang-up by ${who}, not by ${result.by}`, this.#heardToMs)
    return result
  }

  /** What was heard from one moment of the call to another, at the rate of the stream. */
  heard(fromMs = 0, toMs = this.nowMs): Int16Array {
    return this.#ear.heard(fromMs, toMs).samples.slice()
  }

  /** Writes what was said (left) and heard (right) so far as a WAV file. */
  async saveRecording(path: string | URL): Promise<void> {
    const [said, heard] = [this.#party.line.said.slice(), this.#party.line.heard.slice()]
    await writeFile(path, encodeWav([said.samples, heard.samples], heard.sampleRateHz))
  }

  /** Hangs up, if nobody has, and waits for the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#party.close()
  }

  #events<Type extends TimelineEvent['type']>(type: Type, fromMs: number): EventOf<Type>[] {
    return this.timeline.filter((event): event is EventOf<Type> => event.type === type && event.atMs >= fromMs)
  }

  async #loadPrompt(source: AudioSource): Promise<Prompt> {
    const { name, file, pcm } = await loadAudio(source, this.#party.folder)
    const known = file === undefined ? undefined : this.#prompts.get(file)
    const prompt = known ?? new Prompt(name, pcm)
    if (file !== undefined) this.#prompts.set(file, prompt)
    return prompt
  }

  /**
   * Lets time pass until `check` finds something, or there is nothing to wait for any more. `last`: the call is over, and
   * it is asked for the last time.
   */
  async #wait<T>(forMs: number, check: (last: boolean) => T | undefined): Promise<T | undefined> {
    const { line } = this.#party
    const giveUpAtMs = this.nowMs + forMs
    if (this.#party.result) return check(true)
    let found = check(false)
    if (found !== undefined) return found
    const condition = () => {
      found = check(false)
      return found !== undefined || this.nowMs >= giveUpAtMs
    }
    await this.#party.pass(line.when(condition))
    if (found !== undefined || this.nowMs >= giveUpAtMs) return found
    await this.ended
    return check(true)
  }

  #failure(what: string, fromMs: number): Promise<Error> {
    return failure(`${what}, in vain`, { party: this.#party, ear: this.#ear, fromMs, prompts: this.#prompts })
  }
}

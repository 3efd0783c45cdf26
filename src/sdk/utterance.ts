import type { Mark, Marks } from './marks.ts'
import type { CutBy, StopBy } from './protocol.ts'

/** What became of something that was to be heard. Durations in milliseconds. */
export interface UtteranceResult {
  /** How much the caller heard: played out by the carrier, to the best of the node's knowledge. */
  readonly heardMs: number
  /** How wrong `heardMs` may be, to either side. */
  readonly uncertaintyMs: number
  /** Its whole length as far as it was produced. */
  readonly totalMs: number
  /** Whether it ended before it was heard to its end. */
  readonly interrupted: boolean
  /** What cut it: the bot itself (`stop`, `clear`), the caller's voice or key, or the end of the call. */
  readonly by: CutBy | undefined
  /** Present when the carrier played it by itself (`say`, a URL) and told nothing: `heardMs` is reckoned from the time. */
  readonly estimated?: true
  /** The words that were heard to their end. Present when it has marks. */
  readonly textHeard?: string
}

interface UtteranceOptions {
  readonly id: number
  readonly stop: (by: StopBy) => void
  readonly resume: () => Utterance
  readonly marks: Marks
  readonly estimated?: boolean
}

interface Finish {
  readonly heardMs: number
  readonly uncertaintyMs: number
  readonly cutBy?: CutBy | undefined
}

/**
 * Something the caller is to hear. Await it to know how it went; it resolves once it was heard or cut.
 * It rejects only when it cannot be played: its source cannot be read or is no audio, an argument is wrong, the carrier
 * refuses. Nobody needs to await it: what went wrong is printed as well.
 */
export class Utterance implements PromiseLike<UtteranceResult> {
  /** Counts the utterances of a call. */
  readonly id: number
  readonly #options: UtteranceOptions
  readonly #result = Promise.withResolvers<UtteranceResult>()
  #heardMs = 0
  #uncertaintyMs = 0
  #totalMs = 0
  #complete = false
  #cutBy: CutBy | undefined
  #settled = false
  /** It was heard to its end. */
  #whole = false

  /** @internal */
  constructor(options: UtteranceOptions) {
    this.id = options.id
    this.#options = options
    // A prompt that nobody awaits must not bring the process down; the call prints the reason.
    this.#result.promise.catch(() => undefined)
  }

  /** True until it was heard, cut, or failed. After a cut it stays true until the node has said how much was heard. */
  get playing(): boolean {
    return !this.#settled
  }

  /** Milliseconds that the caller has heard, by the node's last word: it comes about every 200 ms. */
  get heardMs(): number {
    return this.#heardMs
  }

  /** How wrong `heardMs` may be, in milliseconds to either side. */
  get uncertaintyMs(): number {
    return this.#uncertaintyMs
  }

  /** Milliseconds of it that have been produced so far. */
  get totalMs(): number {
    return this.#totalMs
  }

  /** Whether it was cut. True at once when it is, before the node has said how much was heard. */
  get interrupted(): boolean {
    return this.#cutBy !== undefined
  }

  /** What cut it. */
  get by(): CutBy | undefined {
    return this.#cutBy
  }

  /** Its marks in order, those given and those that its source has yielded so far. */
  get marks(): readonly Mark[] {
    return this.#options.marks.all
  }

  /**
   * The texts of the marks whose words have been heard, joined as they are; undefined without marks. The words of a mark
   * last until the next later mark, those of the last until the end of the audio: a word that was cut off does not count.
   */
  get textHeard(): string | undefined {
    const { marks } = this.#options
    if (marks.all.length === 0) return undefined
    return this.#whole ? marks.heardText(Number.POSITIVE_INFINITY, 0) : marks.heardText(this.#heardMs, this.#endMs)
  }

  /** Cuts it: the caller hears nothing more of it, and what waits behind it goes on. */
  stop(): void {
    this.interrupt('bot')
  }

  /**
   * Plays what was not heard of an interruptible utterance that was cut, from `heardMs` on to the sample, and then the
   * rest of its source: after a false alarm. It is a new utterance, in line behind those that wait already, interruptible
   * as this one was, and can be resumed in its turn. Possible once, for 30 s after the cut, while the call lasts; the
   * result rejects with a `CallControlError` otherwise, and for what was written or played by the carrier.
   */
  resume(): Utterance {
    return this.#options.resume()
  }

  // oxlint-disable-next-line unicorn/no-thenable -- `await call.play(…)` is the whole point
  then<A = UtteranceResult, B = never>(
    onResult?: ((result: UtteranceResult) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#result.promise.then(onResult, onError)
  }

  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<UtteranceResult | B> {
    return this.#result.promise.catch(onError)
  }

  finally(onSettled?: (() => void) | null): Promise<UtteranceResult> {
    return this.#result.promise.finally(onSettled)
  }

  /** @internal The marks of what was not heard, with times from there. */
  get unheardMarks(): readonly Mark[] {
    return this.#whole ? [] : this.#options.marks.unheard(this.#heardMs, this.#endMs)
  }

  /** @internal Cuts it in somebody's name. */
  interrupt(by: StopBy): void {
    if (!this.#settled) this.#options.stop(by)
  }

  /** @internal Audio was handed to the node. */
  produced(ms: number): void {
    this.#totalMs += ms
  }

  /** @internal All of it was handed to the node. */
  complete(): void {
    this.#complete = true
  }

  /** @internal */
  mark(mark: Mark): void {
    this.#options.marks.add(mark)
  }

  /** @internal */
  report({ heardMs, uncertaintyMs }: { readonly heardMs: number; readonly uncertaintyMs: number }): void {
    if (this.#settled) return
    this.#heardMs = heardMs
    this.#uncertaintyMs = uncertaintyMs
  }

  /** @internal It was cut; how much was heard of it is still to be told. */
  cut(by: StopBy): void {
    if (!this.#settled) this.#cutBy ??= by
  }

  /** @internal */
  finish(finish: Finish): void {
    if (this.#settled) return
    this.report(finish)
    this.#settled = true
    // It may have been heard to its end before the cut arrived.
    this.#cutBy = finish.cutBy
    this.#whole = finish.cutBy === undefined
    const { heardMs, uncertaintyMs, totalMs, interrupted, by, textHeard } = this
    this.#result.resolve({
      heardMs,
      uncertaintyMs,
      totalMs,
      interrupted,
      by,
      ...(this.#options.estimated && { estimated: true }),
      ...(textHeard !== undefined && { textHeard }),
    })
  }

  /** @internal */
  fail(error: unknown): void {
    if (this.#settled) return
    this.#settled = true
    this.#result.reject(error)
  }

  /** Where its audio ends, once that is known. */
  get #endMs(): number | undefined {
    return this.#complete ? this.#totalMs : undefined
  }
}

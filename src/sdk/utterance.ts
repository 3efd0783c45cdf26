import type { CutBy, UtteranceReport } from './protocol.ts'

/** What became of something that was to be heard. Durations in milliseconds. */
export interface UtteranceResult {
  /** How much the caller heard: played out by the carrier, to the best of the node's knowledge. */
  readonly heardMs: number
  /** Its whole length as far as it was produced. */
  readonly totalMs: number
  /** Whether it ended before it was heard to its end. */
  readonly interrupted: boolean
  /** What cut it: the bot itself (`stop`, `clear`) or the end of the call. */
  readonly by: CutBy | undefined
}

interface UtteranceOptions {
  readonly id: number
  readonly stop: () => void
}

/**
 * Something the caller is to hear. Await it to know how it went; it resolves once it was heard or cut.
 * It rejects only when its source cannot be read or is no audio.
 */
export class Utterance implements PromiseLike<UtteranceResult> {
  readonly id: number
  readonly #stop: () => void
  readonly #result = Promise.withResolvers<UtteranceResult>()
  #producedMs = 0
  #settled = false

  constructor({ id, stop }: UtteranceOptions) {
    this.id = id
    this.#stop = stop
    // A prompt that nobody awaits must not bring the process down; the call prints the reason.
    this.#result.promise.catch(() => undefined)
  }

  /** True until it was heard, cut, or failed. */
  get playing(): boolean {
    return !this.#settled
  }

  /** Cuts it: the caller hears nothing more of it, and what waits behind it goes on. */
  stop(): void {
    if (!this.#settled) this.#stop()
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

  /** @internal Audio was handed to the node. */
  produced(ms: number): void {
    this.#producedMs += ms
  }

  /** @internal */
  finish({ heardMs, cutBy }: NonNullable<UtteranceReport['finished']>): void {
    if (this.#settled) return
    this.#settled = true
    this.#result.resolve({ heardMs, totalMs: this.#producedMs, interrupted: cutBy !== undefined, by: cutBy })
  }

  /** @internal */
  fail(error: unknown): void {
    if (this.#settled) return
    this.#settled = true
    this.#result.reject(error)
  }
}

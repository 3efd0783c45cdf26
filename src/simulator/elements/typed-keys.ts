import type { CallContext } from '../call-context.ts'

/** Keys that are pressed from now on. To be asked at every tick: it notes when the last one came. */
export class TypedKeys {
  readonly #call: CallContext
  readonly #first: number
  #count = 0
  #lastAt: number | undefined

  constructor(call: CallContext) {
    this.#call = call
    this.#first = call.line.digits.length
  }

  get all(): string {
    return this.#call.line.digits.slice(this.#first)
  }

  /** Since the last key, or since `fromMs` when there was none. */
  quietMs(fromMs: number): number {
    const now = this.#call.clock.monotonic()
    const { length } = this.all
    if (length > this.#count) this.#lastAt = now
    this.#count = length
    return now - Math.max(fromMs, this.#lastAt ?? fromMs)
  }
}

/** Those before the finishing key, and whether it has come; `none` is no key. */
export function splitAtKey(
  typed: string,
  finishOnKey: string,
): { readonly digits: string; readonly finished: boolean } {
  const at = finishOnKey === 'none' ? -1 : typed.split('').findIndex((digit) => finishOnKey.includes(digit))
  return at < 0 ? { digits: typed, finished: false } : { digits: typed.slice(0, at), finished: true }
}

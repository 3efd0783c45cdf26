import type { ControlRequest } from './control.ts'
import { milliseconds } from './milliseconds.ts'

export interface MessageOptions {
  /** Spoken first, by the carrier's own voice. Default: nothing. */
  readonly prompt?: string
  /** Longest message, in milliseconds. Default 120000. */
  readonly maxMs?: number
  /** Silence that ends it, in milliseconds. Default 5000. */
  readonly silenceMs?: number
  /** The key that ends it; none with an empty text. Default `#`. */
  readonly until?: string
  /** Whether a tone tells the caller to begin. Default true. */
  readonly beep?: boolean
}

/** Throws a `RangeError` that names what is wrong. */
export function toMessageRequest(options: MessageOptions): Extract<ControlRequest, { verb: 'take-message' }> {
  const { prompt, until = '#', beep = true } = options
  if (!/^[0-9*#]?$/.test(until)) throw new RangeError(`takeMessage: until is one key of 0-9 * #, got ${until}`)
  return {
    verb: 'take-message',
    maxMs: milliseconds('takeMessage: maxMs', options.maxMs, { min: 1000, otherwise: 120_000 }),
    silenceMs: milliseconds('takeMessage: silenceMs', options.silenceMs, { min: 1000, otherwise: 5000 }),
    beep,
    ...(prompt !== undefined && { prompt }),
    ...(until !== '' && { until }),
  }
}

import { randomBytes } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'

const nanosPerMs = 1_000_000n
const digits = 19
/** Late in the year 2286; more digits would sort before fewer. */
const latest = 10n ** BigInt(digits) - 1n

/** The least id of a moment in milliseconds: for ranges. */
export const firstIdAt = (ms: number): string => nanosText(BigInt(Math.trunc(ms)) * nanosPerMs)

/** When the thing with this id was, in milliseconds. */
export const timeOfId = (id: string): number => Number(BigInt(id.slice(0, digits)) / nanosPerMs)

/** `2026-01-01T00:00:00.123456789Z` */
export function timestampOfId(id: string): string {
  const rest = id.slice(digits - 9, digits)
  return `${new Date(timeOfId(id)).toISOString().slice(0, 19)}.${rest}Z`
}

const nanosText = (nanos: bigint): string =>
  String(nanos < 0n ? 0n : nanos > latest ? latest : nanos).padStart(digits, '0')

/** Makes ids whose order as text is the order in time, and of one maker's in one moment the order of making. */
export class TimeOrderedIds {
  readonly #clock: Clock
  /** Keeps the ids of several nodes apart. */
  readonly #maker = randomBytes(4).toString('hex')
  #last = 0n
  #made = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `nanos` since the epoch; without, now, and later than every id before. */
  next(nanos?: bigint): string {
    const count = (this.#made++ % 36 ** 6).toString(36).padStart(6, '0')
    if (nanos !== undefined) return `${nanosText(nanos)}-${count}${this.#maker}`
    const now = BigInt(Math.trunc(this.#clock.now())) * nanosPerMs
    this.#last = now > this.#last ? now : this.#last + 1n
    return `${nanosText(this.#last)}-${count}${this.#maker}`
  }
}

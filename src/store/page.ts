export interface Page {
  /** At most 1000; 50 without. */
  readonly limit?: number
  readonly offset?: number
}

export interface Listed<T> {
  readonly items: T[]
  /** How many there are, not only on this page. */
  readonly total: number
}

const defaultLimit = 50
const mostAtOnce = 1000

export const limitOf = ({ limit = defaultLimit }: Page): number => Math.min(Math.max(0, Math.trunc(limit)), mostAtOnce)

export const offsetOf = ({ offset = 0 }: Page): number => Math.max(0, Math.trunc(offset))

/** Milliseconds since the epoch: from `startTime` on, before `endTime`. */
export interface TimeRange {
  readonly startTime?: number
  readonly endTime?: number
}

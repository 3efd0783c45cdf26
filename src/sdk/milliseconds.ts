interface Range {
  readonly min?: number
  readonly max?: number
  /** What it is when nothing is said. */
  readonly otherwise: number
}

export const inRange = (value: number, min: number, max: number): boolean => value >= min && value <= max

/** Throws a `RangeError` that begins with `name` for what is no duration, or none of these. */
export function milliseconds(
  name: string,
  value: number | undefined,
  { min = 0, max = Number.POSITIVE_INFINITY, otherwise }: Range,
): number {
  const ms = value ?? otherwise
  if (typeof ms === 'number' && Number.isFinite(ms) && inRange(ms, min, max)) return ms
  const range = max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`
  throw new RangeError(`${name} must be milliseconds, ${range}, got ${ms}`)
}

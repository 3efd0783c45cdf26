const twoDigits = (value: number): string => String(Math.trunc(value)).padStart(2, '0')

/** `2026-01-15 16:00:05+05:30`, as CDRs and recordings have it (Plivo reference 7.3). `at` is Unix epoch milliseconds. */
export function accountTime(at: number, utcOffsetMinutes: number): string {
  const ahead = Math.abs(utcOffsetMinutes)
  const zone = `${utcOffsetMinutes < 0 ? '-' : '+'}${twoDigits(ahead / 60)}:${twoDigits(ahead % 60)}`
  return `${dateTime(at + utcOffsetMinutes * 60_000).slice(0, 19)}${zone}`
}

/** `2026-01-15 10:29:58.123000` in UTC, as live calls have it; clocks here know no microseconds. */
export const dateTime = (at: number): string => `${new Date(at).toISOString().replace('T', ' ').slice(0, 23)}000`

/** Reads `YYYY-MM-DD HH:MM[:ss[.uuuuuu]]`, as filters have it, into Unix epoch milliseconds; undefined: it is none. */
export function parseDateTime(text: string, utcOffsetMinutes: number): number | undefined {
  const [, date, minute, rest = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)((?::\d\d(?:\.\d{1,6})?)?)$/.exec(text) ?? []
  if (date === undefined || minute === undefined) return undefined
  const at = Date.parse(`${date}T${minute}${rest === '' ? ':00' : rest.slice(0, 7)}Z`)
  return Number.isNaN(at) ? undefined : at - utcOffsetMinutes * 60_000
}

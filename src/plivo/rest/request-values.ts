import { webUrl } from '../answer-values.ts'

export type HttpMethod = 'GET' | 'POST'
/** `aleg` is the call itself, `bleg` whoever `<Dial>` has connected it to. */
export type Legs = 'aleg' | 'bleg' | 'both'

/** A part of a path. @throws RangeError when it is not 1 to 200 letters, digits and `-`. */
export function identifier(what: string, value: string): string {
  if (/^[A-Za-z0-9-]{1,200}$/.test(value)) return value
  throw new RangeError(`${what} must be 1 to 200 letters, digits and -, got ${JSON.stringify(value.slice(0, 80))}`)
}

/** As Plivo names a number of the account: digits without `+`. @throws RangeError when it has anything else. */
export function numberInPath(number: string): string {
  const [, digits] = /^\+?(\d{3,15})$/.exec(number) ?? []
  if (digits !== undefined) return digits
  throw new RangeError(`number must be digits with country code, got ${JSON.stringify(number.slice(0, 80))}`)
}

/** @throws RangeError when it is empty. */
export function filled<T extends string | undefined>(what: string, value: T): T {
  if (value?.trim() === '') throw new RangeError(`${what} must not be empty`)
  return value
}

/** @throws RangeError when there is none, or one is no http or https URL or has a comma, which is what stands between them. */
export function joinedUrls(what: string, urls: readonly string[]): string {
  if (urls.length === 0) throw new RangeError(`${what} must name at least one URL`)
  for (const url of urls) {
    if (webUrl(what, url).includes(',')) throw new RangeError(`${what} must not have a comma in a URL: write %2C`)
  }
  return urls.join(',')
}

/** The number, when it is given. @throws RangeError when it is not a whole number from `least`. */
export const wholeNumber = (what: string, value: number | undefined, least: 0 | 1): number | undefined => {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return value
  throw new RangeError(`${what} must be a whole number from ${least}, got ${value}`)
}

/** The URL, when it is given. @throws RangeError when it is not http or https, or has white space. */
export const webUrl = <T extends string | undefined>(what: string, url: T): T => checkedUrl(what, url, 'http')

/** The URL. @throws RangeError when it is not ws or wss, or has white space. */
export const socketUrl = (what: string, url: string): string => checkedUrl(what, url, 'ws')

/** White space and control characters are refused, because they would not arrive as they were given. */
const checkedUrl = <T extends string | undefined>(what: string, url: T, scheme: 'http' | 'ws'): T => {
  if (url === undefined || new RegExp(`^${scheme}s?://[^\\s\\p{C}]+$`, 'iu').test(url)) return url
  throw new RangeError(`${what} must be a ${scheme} or ${scheme}s URL without spaces, got ${JSON.stringify(url)}`)
}

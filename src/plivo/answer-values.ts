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

/** Whom to call. @throws RangeError when it is neither a number with country code nor a SIP URI. */
export const callee = (what: string, value: string): string => {
  if (isSipUri(value) || /^\+?\d{3,15}$/.test(value)) return value
  throw new RangeError(`${what} must be a number with country code or a sip: URI, got ${JSON.stringify(value)}`)
}

/** `sip:desk@phone.example.com`. White space and `<`, which would divide it, are refused. */
export const isSipUri = (value: string): boolean => /^sips?:[^\s\p{C}<>@]+@[^\s\p{C}<>@]+$/iu.test(value)

/** The text, when it is given. @throws RangeError when it is empty or has more characters. */
export const shortText = (what: string, value: string | undefined, most: number): string | undefined => {
  if (value === undefined || (value.trim() !== '' && value.length <= most)) return value
  throw new RangeError(`${what} must have 1 to ${most} characters, got ${value.length}`)
}

/** The text, when it is given. @throws RangeError when `pattern` is not all of it; `alphabet` names what it may have. */
export const madeOf = <T extends string | undefined>(what: string, value: T, pattern: RegExp, alphabet: string): T => {
  if (value === undefined || pattern.test(value)) return value
  throw new RangeError(`${what} must be made of ${alphabet}, got ${JSON.stringify(value)}`)
}

/** Keys to be sounded, when they are given. @throws RangeError when there is anything but `0-9 * # A-D w W`. */
export const tones = <T extends string | undefined>(what: string, value: T): T =>
  madeOf(what, value, /^[0-9*#A-DwW]+$/, '0-9 * # A-D w W')

/** A key, when it is given. @throws RangeError when it is not one of `0-9 * #`. */
export const key = (what: string, value: string | undefined): string | undefined =>
  madeOf(what, value, /^[0-9*#]$/, 'one key of 0-9 * #')

/** Keys of a telephone, when they are given. @throws RangeError when there is anything but `0-9 * #`. */
export const keys = <T extends string | undefined>(what: string, value: T): T =>
  madeOf(what, value, /^[0-9*#]+$/, '0-9 * #')

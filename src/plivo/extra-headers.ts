import { isJsonObject } from './json-fields.ts'

const maxBytes = 512

/**
 * Reads `extra_headers` of a stream message in every form seen: `k=v` pairs between `,` or `;`, a JSON object, and
 * `{X-PH-k: v}` (Plivo reference 9, C-5). Pairs are percent-decoded where that is valid; JSON values are taken as they
 * are, and nested ones left out. The last of equal keys wins. What cannot be read is left out; nothing throws. The
 * result has no prototype, so `headers.constructor` is a header or undefined. Whoever dialled may have written it: it
 * authorises nothing.
 */
export const parseExtraHeaders = (raw: string): Record<string, string> => {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of pairsIn(raw.trim())) {
    const key = name.replace(/^X-PH-/i, '')
    if (key !== '') headers[key] = value
  }
  return headers
}

/**
 * The value of `<Stream extraHeaders>`: `tenant=acme,session=42`.
 * @throws RangeError when a name or value has characters that Plivo does not promise to carry, or above 512 bytes.
 */
export const encodeExtraHeaders = (pairs: Readonly<Record<string, string>>): string => {
  for (const [name, value] of Object.entries(pairs)) {
    if (!/^[A-Za-z0-9]+$/.test(name)) throw new RangeError(`extra header name ${JSON.stringify(name)} ${alphabetRule}`)
    if (!/^[A-Za-z0-9]*$/.test(value)) throw new RangeError(`value of extra header ${name} ${alphabetRule}`)
  }
  const text = Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')
  checkExtraHeaders(text)
  return text
}

/** @throws RangeError above 512 bytes of UTF-8. */
export const checkExtraHeaders = (text: string): void => {
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) throw new RangeError(`extra headers must take at most ${maxBytes} bytes, got ${bytes}`)
}

const alphabetRule = 'must consist of A-Z, a-z and 0-9'

type Pair = readonly [name: string, value: string]

const pairsIn = (text: string): Iterable<Pair> => {
  const braced = /^\{(.*)\}$/s.exec(text)?.[1]
  if (braced === undefined) return splitPairs(text, /=/)
  return jsonPairs(text) ?? splitPairs(braced, /[:=]/)
}

const jsonPairs = (text: string): Pair[] | undefined => {
  try {
    const json: unknown = JSON.parse(text)
    if (!isJsonObject(json)) return undefined
    return Object.entries(json).flatMap(([name, value]) => (isScalar(value) ? [[name, String(value)] as const] : []))
  } catch {
    return undefined
  }
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const splitPairs = (text: string, divider: RegExp): Pair[] =>
  text.split(/[,;]/).flatMap((piece) => {
    const at = piece.search(divider)
    return at < 0 ? [] : [[percentDecoded(piece.slice(0, at)), percentDecoded(piece.slice(at + 1))] as const]
  })

const percentDecoded = (text: string): string => {
  const trimmed = text.trim()
  try {
    return decodeURIComponent(trimmed)
  } catch {
    return trimmed
  }
}

import { failed, type Parsed, parsed } from '../lib/parsed.ts'

const maxBytes = 4096

/**
 * Reads the custom data of `?body=`: base64 of JSON. Standard and URL-safe alphabets, with and without padding, and with
 * the spaces that a `+` in a query turns into.
 */
export function parseCallBody(text: string | null): Parsed<unknown> {
  if (text === null || text === '') return parsed(undefined)
  const json = Buffer.from(text.replaceAll(' ', '+'), 'base64').toString('utf8')
  if (Buffer.byteLength(json) > maxBytes) return failed('body', `must be at most ${maxBytes} bytes of JSON`)
  try {
    return parsed(JSON.parse(json))
  } catch {
    return failed('body', 'must be base64 of JSON')
  }
}

/** The same data as bots of any language read it: in the standard alphabet, with padding. Undefined: there is none. */
export function repairedBody(text: string | null): string | undefined {
  if (text === null || text === '') return undefined
  return Buffer.from(text.replaceAll(' ', '+'), 'base64').toString('base64')
}

import { failed, parsed, type Parsed } from '../lib/parsed.ts'

/** An empty parameter says no more than a missing one. Of several, the first. */
export const formText = (params: URLSearchParams, name: string): string | undefined => params.get(name) || undefined

/** Undefined when it is not a number: no webhook is worth losing for a detail. */
export const formNumber = (params: URLSearchParams, name: string): number | undefined => {
  const text = params.get(name) ?? ''
  return /^\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : undefined
}

/** The bound keeps what becomes a key, a path and a log line short and harmless. */
export const parseCallUuid = (params: URLSearchParams): Parsed<string> => {
  const [callUuid, ...others] = new Set(params.getAll('CallUUID'))
  if (!callUuid) return failed('CallUUID', 'is missing')
  if (others.length > 0) return failed('CallUUID', 'is given twice with different values')
  if (callUuid.length > 200) return failed('CallUUID', `must have at most 200 characters, got ${callUuid.length}`)
  if (!/^[A-Za-z0-9-]+$/.test(callUuid)) return failed('CallUUID', 'must consist of letters, digits and -')
  return parsed(callUuid)
}

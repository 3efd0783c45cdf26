import { invalid } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'

/** Headers with these names never arrive (Plivo reference 6.6). */
const reserved = /^(?:PH-|Plivo|FS-|SipAuth|ZT-|Twilio)/i

/** `k=v,k2=v2`: by their names, without `X-PH-`; letters and digits only (Plivo reference 2.2 and 7.3). */
export function parseSipHeaders(
  text: string,
  { invalidSipHeaders }: Pick<RestAssumptions, 'invalidSipHeaders'>,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  for (const pair of text.split(',')) {
    const [, name, value] = /^\s*(?:X-PH-)?([A-Za-z0-9-]+)\s*=\s*([A-Za-z0-9]+)\s*$/i.exec(pair) ?? []
    if (name !== undefined && value !== undefined && reserved.test(name)) continue
    if (name !== undefined && value !== undefined && !name.includes('-')) headers[name] = value
    else if (invalidSipHeaders === 'reject') throw invalid('sip_headers', 'pairs k=v,k2=v2 of letters and digits')
  }
  return headers
}

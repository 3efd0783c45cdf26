/** Headers whose names begin so never arrive (Plivo reference 6.6). */
const reserved = /^(?:Plivo|SipAuth|Twilio)/i

/**
 * `k=v,k2=v2`; they arrive as `X-PH-k`. @throws RangeError when a name or value has other characters than letters and
 * digits, or when a name is one that Plivo drops.
 */
export function encodeSipHeaders(headers: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(headers)
  for (const [name, value] of pairs) {
    if (!/^[A-Za-z0-9]+$/.test(name) || reserved.test(name)) {
      throw new RangeError(
        `sipHeaders: the name ${JSON.stringify(name)} must consist of letters and digits, and not begin with Plivo, SipAuth or Twilio`,
      )
    }
    if (!/^[A-Za-z0-9]+$/.test(value)) {
      throw new RangeError(`sipHeaders: the value of ${name} must consist of letters and digits`)
    }
  }
  return pairs.map(([name, value]) => `${name}=${value}`).join(',')
}

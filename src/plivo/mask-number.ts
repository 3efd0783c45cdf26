/** A telephone number for a log: the last two digits tell it from others, and nobody can call it. SIP URIs lose their user. */
export function maskNumber(number: string): string {
  const [, scheme, host] = /^(sips?:)[^@]*(@.*)$/i.exec(number) ?? []
  if (scheme !== undefined) return `${scheme}…${host ?? ''}`
  return number.length <= 4 ? number : `…${number.slice(-2)}`
}

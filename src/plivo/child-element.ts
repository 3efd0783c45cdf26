import { nameOf, type XmlElement } from './xml.ts'

/** @throws RangeError when one of them may not stand there: Plivo would pass it over, or refuse the whole document. */
export function checkChildren(what: string, children: readonly XmlElement[], allowed: readonly string[]): void {
  const other = children.map(nameOf).find((name) => !allowed.includes(name))
  if (other !== undefined) throw new RangeError(`${what} must consist of ${allowed.join(', ')}, and not of ${other}`)
}

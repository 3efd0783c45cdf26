import { checkChildren } from './child-element.ts'
import { element, type XmlElement } from './xml.ts'

/**
 * Runs its elements before the call is answered, while the caller does not pay: less than 30 s in all, and in first
 * place (Plivo reference 6.9).
 * @throws RangeError when there is none, or one that is not made by `speak`, `play` or `wait`.
 */
export const preAnswer = (...children: readonly XmlElement[]): XmlElement => {
  if (children.length === 0) throw new RangeError('preAnswer must have at least one element')
  checkChildren('preAnswer', children, ['Speak', 'Play', 'Wait'])
  return element('PreAnswer', {}, ...children)
}

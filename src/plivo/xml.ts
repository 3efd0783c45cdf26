/** Undefined ones are left out. */
export type XmlAttributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Markup that is known to be well formed, because only `element` can make it. A string is never one: it is text. */
class XmlElement {
  readonly #name: string
  readonly #markup: string

  constructor(name: string, attributes: XmlAttributes, children: readonly (XmlElement | string)[]) {
    this.#name = name
    const tag = [checkedName(name), ...Object.entries(attributes).flatMap(attributeMarkup)].join(' ')
    const content = children.map((child) => (typeof child === 'string' ? escapedText(child) : child.#markup)).join('')
    this.#markup = content === '' ? `<${tag}/>` : `<${tag}>${content}</${name}>`
  }

  static nameOf(element: XmlElement): string {
    return element.#name
  }

  static documentOf(root: XmlElement): string {
    return `<?xml version="1.0" encoding="UTF-8"?>\n${root.#markup}`
  }
}

export type { XmlElement }

/**
 * Text and attribute values arrive as they are given, but for the characters that XML 1.0 cannot carry: those are removed.
 * @throws TypeError when a name is not an XML name in ASCII; of those with a prefix only the attribute `xml:lang` is one.
 */
export const element = (
  name: string,
  attributes: XmlAttributes = {},
  ...children: readonly (XmlElement | string)[]
): XmlElement => new XmlElement(name, attributes, children)

export const nameOf = (element: XmlElement): string => XmlElement.nameOf(element)

/** The document, to be sent as UTF-8. It starts with the XML declaration, which Plivo wants as the very first bytes. */
export const xmlDocument = (root: XmlElement): string => XmlElement.documentOf(root)

const checkedName = (name: string): string => {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no XML name`)
  return name
}

const attributeMarkup = ([name, value]: [string, string | number | boolean | undefined]): string[] =>
  value === undefined ? [] : [`${name === 'xml:lang' ? name : checkedName(name)}="${escapedAttribute(String(value))}"`]

/** Parsers turn a bare CR into LF, and line ends and tabs in attributes into spaces, so those are written as references. */
const escapedText = (text: string): string => escaped(text, /[&<>\r]/g)
const escapedAttribute = (text: string): string => escaped(text, /[&<>"\t\n\r]/g)

const escaped = (text: string, special: RegExp): string =>
  text.replace(forbidden, '').replace(special, (character) => entities[character] ?? `&#${character.charCodeAt(0)};`)

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** All but the `Char` of XML 1.0; lone surrogates are among them. */
const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu

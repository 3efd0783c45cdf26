import * as fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { describe, expect, it } from 'vitest'
import { element, xmlDocument, type XmlElement } from './xml.ts'

interface Tree {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: readonly (Tree | string)[]
}

const build = ({ name, attributes, children }: Tree): XmlElement =>
  element(name, attributes, ...children.map((child) => (typeof child === 'string' ? child : build(child))))

/** What a strict parser sees, as nested arrays; it throws on a document that is not well formed. */
const read = (document: string): unknown => {
  const stack: unknown[][] = [[]]
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => stack.push([name, { ...attributes }]))
  parser.on('text', (text) => stack.at(-1)?.push(text))
  parser.on('closetag', () => stack.at(-2)?.push(stack.pop()))
  parser.write(document).close()
  return stack[0]?.find((node) => Array.isArray(node))
}

/** The `Char` production of XML 1.0, code point by code point. */
const isXmlCharacter = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000
}
const carried = (text: string): string => Array.from(text).filter(isXmlCharacter).join('')

const expected = ({ name, attributes, children }: Tree): unknown => {
  const nodes: unknown[] = []
  for (const child of children) {
    if (typeof child !== 'string') nodes.push(expected(child))
    else if (typeof nodes.at(-1) === 'string') nodes.push(`${String(nodes.pop())}${carried(child)}`)
    else if (carried(child) !== '') nodes.push(carried(child))
  }
  const values = Object.entries(attributes).map(([key, value]) => [key, carried(value)])
  return [name, Object.fromEntries(values), ...nodes]
}

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/).filter((text) => !(text in {}))
const codeUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
const markup = fc.constantFrom('<', '>', '&', '"', "'", ']]>', '&amp;', '<!--', '<?', '\r', '\n', '\t', '\0', '\ud800')
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: codeUnit }), fc.string({ unit: markup }))
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    name,
    attributes: fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true }),
    children: fc.array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, text, tie('tree')), { maxLength: 4 }),
  }),
}))

describe('xmlDocument', () => {
  it('is well formed and brings every text and attribute across, whatever is in them', () => {
    fc.assert(
      fc.property(tree, (root) => {
        expect(read(xmlDocument(build(root)))).toEqual(expected(root))
      }),
      { numRuns: 500 },
    )
  })

  it('starts with the declaration', () => {
    expect(xmlDocument(element('Response'))).toBe('<?xml version="1.0" encoding="UTF-8"?>\n<Response/>')
  })
})

describe('element', () => {
  it('writes an ampersand in the way that Plivo is known to read', () => {
    expect(xmlDocument(element('Play', { 'data-x': '"<>"' }, 'https://a/?b=1&c=2'))).toContain(
      '<Play data-x="&quot;&lt;&gt;&quot;">https://a/?b=1&amp;c=2</Play>',
    )
  })

  it('writes numbers and booleans, and leaves out what is undefined', () => {
    expect(xmlDocument(element('Wait', { length: 2, silence: false, beep: undefined }))).toContain(
      '<Wait length="2" silence="false"/>',
    )
  })

  it('escapes markup that comes as a string', () => {
    expect(xmlDocument(element('Speak', {}, '<Hangup/>'))).toContain('<Speak>&lt;Hangup/&gt;</Speak>')
  })

  it('takes xml:lang for an attribute, and no other name with a prefix', () => {
    expect(xmlDocument(element('lang', { 'xml:lang': 'fr-FR' }))).toContain('<lang xml:lang="fr-FR"/>')
    expect(() => element('xml:lang')).toThrow(TypeError)
    expect(() => element('lang', { 'xml:space': 'preserve' })).toThrow(TypeError)
  })

  it.each(['', 'a b', 'a><b', '1a', 'xmlns:a'])('refuses the name %j', (bad) => {
    expect(() => element(bad)).toThrow(TypeError)
    expect(() => element('A', { [bad]: 'x' })).toThrow(TypeError)
  })
})

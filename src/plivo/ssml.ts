import { element, type XmlElement } from './xml.ts'

/** The tags and their attributes that Plivo's SDKs let through (Plivo reference 6.1). */
const attributesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['break', ['strength', 'time']],
  ['emphasis', ['level']],
  ['lang', ['xml:lang']],
  ['p', []],
  ['phoneme', ['alphabet', 'ph']],
  ['prosody', ['pitch', 'rate', 'volume']],
  ['s', []],
  ['say-as', ['interpret-as', 'format']],
  ['sub', ['alias']],
  ['w', ['role']],
])

type Node = XmlElement | string

interface OpenTag {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Node[]
}

/** Text, or all that stands between `<` and `>`, where quotes may hold a `>`. */
const token = /([^<]+)|<((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>/y
const startTag = /^([A-Za-z-]+)((?:\s+[A-Za-z:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)$/
const attribute = /([A-Za-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/**
 * Text with SSML tags, as what may stand in `<Speak>`. It is taken apart and built anew, so that nothing else gets into
 * the document: no other tags, comments, CDATA, instructions or entities.
 * @throws RangeError that says what is wrong, and at which character.
 */
export function parseSsml(text: string): readonly Node[] {
  const root: OpenTag = { name: '', attributes: {}, children: [] }
  const open: OpenTag[] = [root]
  for (let at = 0; at < text.length; at = token.lastIndex) {
    const [, words, tag] = matchAt(token, text, at) ?? wrong(text.slice(at, at + 20), at, 'is not closed with >')
    const top = open.at(-1) ?? root
    if (words !== undefined) top.children.push(decoded(words, at))
    else if (tag?.startsWith('/')) close(open, tag.slice(1).trimEnd(), at)
    else {
      const started = readStartTag(tag ?? '', at)
      if (started.isEmpty) top.children.push(element(started.name, started.attributes))
      else open.push({ ...started, children: [] })
    }
  }
  const unclosed = open.at(-1)
  if (unclosed && unclosed !== root) throw new RangeError(`text: <${unclosed.name}> is not closed`)
  return root.children
}

const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** `at` counts from 0, and people from 1. */
const wrong = (what: string, at: number, problem: string): never => {
  throw new RangeError(`text: ${what} at character ${at + 1} ${problem}`)
}

function close(open: OpenTag[], name: string, at: number): void {
  const top = open.at(-1)
  if (open.length < 2 || top?.name !== name) {
    const expected = open.length < 2 ? 'no tag is' : `<${top?.name}> is`
    return wrong(`</${name}>`, at, `closes a tag that is not open: ${expected}`)
  }
  open.pop()
  open.at(-1)?.children.push(element(top.name, top.attributes, ...top.children))
}

function readStartTag(tag: string, at: number) {
  const [, name = '', list = '', slash] = startTag.exec(tag) ?? wrong(`<${tag}>`, at, 'is no tag')
  const allowed = attributesOf.get(name)
  if (!allowed) return wrong(`<${name}>`, at, `is not one of the tags ${[...attributesOf.keys()].join(', ')}`)
  const attributes: Record<string, string> = {}
  for (const [, key = '', double, single] of list.matchAll(attribute)) {
    if (!allowed.includes(key)) wrong(`<${name}>`, at, `has no attribute ${key}`)
    if (key in attributes) wrong(`<${name}>`, at, `has ${key} twice`)
    attributes[key] = decoded(double ?? single ?? '', at)
  }
  return { name, attributes, isEmpty: slash === '/' }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** With the five entities of XML and character references resolved. `at` is where the text, or its tag, begins. */
const decoded = (text: string, at: number): string => {
  if (text.includes(']]>')) wrong('the part', at, 'has ]]> in it: write ]]&gt;')
  return text.replace(/&(?:#(\d{1,7});|#x([\da-f]{1,6});|([a-z]+);)?/gi, (reference, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(hex, 16) : undefined
    if (code !== undefined && code <= 0x10ffff) return String.fromCodePoint(code)
    const character = typeof name === 'string' && Object.hasOwn(entities, name) ? entities[name] : undefined
    return character ?? wrong('the part', at, `has ${reference} in it, which is no entity of XML: write &amp; for an &`)
  })
}

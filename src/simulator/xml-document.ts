import { SaxesParser } from 'saxes'
import { failed, parsed, type Parsed, type ParseFailure } from '../lib/parsed.ts'

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** All text within, that of children too, trimmed. */
  readonly text: string
  readonly children: readonly XmlElement[]
}

interface OpenElement extends XmlElement {
  text: string
  readonly children: XmlElement[]
}

/** Longest answer that Plivo reads: the smaller reading of its "100 KB" (section 2.4). */
export const maxDocumentBytes = 100_000

/**
 * Reads Plivo XML and returns the elements within `<Response>`. Strict, as Plivo is: not well formed, another root, JSON,
 * HTML or nothing at all is a failure, whose `field` is empty or the place as `line:column`.
 */
export function parseDocument(body: Uint8Array): Parsed<readonly XmlElement[]> {
  if (body.length > maxDocumentBytes) return failed('', `is longer than ${maxDocumentBytes} bytes`)
  const text = decode(body)
  if (text === undefined) return failed('', 'is not UTF-8')
  const kind = notXml(text)
  if (kind) return failed('', kind)
  return parseText(text)
}

function parseText(text: string): Parsed<readonly XmlElement[]> {
  const parser = new SaxesParser()
  const open: OpenElement[] = []
  let root: XmlElement | undefined
  let problem: string | undefined
  parser.on('error', (error) => (problem ??= error.message))
  parser.on('opentag', ({ name, attributes }) => {
    const element: OpenElement = { name, attributes, text: '', children: [] }
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
  })
  const append = (content: string) => {
    for (const element of open) element.text += content
  }
  parser.on('text', append)
  parser.on('cdata', append)
  parser.on('closetag', () => {
    const closed = open.pop()
    if (closed) closed.text = closed.text.trim()
  })
  parser.write(text).close()
  if (problem !== undefined) return bareAmpersand(text) ?? failed(...splitPlace(problem))
  if (root?.name !== 'Response') return failed('', `has the root <${root?.name ?? ''}>, and not <Response>`)
  return parsed(root.children)
}

const decode = (body: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

/** The usual mistakes by their names; the parser would only find text outside of a root. */
const notXml = (text: string): string | undefined => {
  const start = text.trimStart()
  if (start === '') return 'is empty'
  if (start.startsWith('{') || start.startsWith('[')) return 'is JSON, and not XML'
  if (/^<!doctype html|^<html/i.test(start)) return 'is HTML, and not XML'
  return undefined
}

/** The most frequent fault, which the parser would tell as an unclosed tag (section 2.4). */
const bareAmpersand = (text: string): ParseFailure | undefined => {
  const before = /^(.*?)&(?!#\d+;|#x[\da-f]+;|(?:amp|lt|gt|quot|apos);)/is.exec(text)?.[1]?.split('\n')
  if (!before) return undefined
  return failed(`${before.length}:${(before.at(-1)?.length ?? 0) + 1}`, 'has a bare &: write &amp;')
}

/** saxes writes `1:16: duplicate attribute: b.` */
const splitPlace = (message: string): [field: string, problem: string] => {
  const [, place = '', problem = message] = /^(\d+:\d+): (.*?)\.?$/s.exec(message) ?? []
  return [place, problem]
}

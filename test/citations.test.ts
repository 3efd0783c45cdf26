import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { assumptionNotes } from '../src/simulator/assumptions.ts'
import { restAssumptionNotes } from '../src/simulator/rest/assumptions.ts'

/** Comments cite docs/plivo.md by its sections and by the rows of its table of contradictions. */
const reference = readFileSync('docs/plivo.md', 'utf8')
const sections = [...reference.matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm)].map(([, number = '']) => number)
const contradictions = [...reference.matchAll(/^\| (C-\d+) \|/gm)].map(([, name = '']) => name)
const targets = new Set([...sections, ...contradictions])

/** `Plivo reference 3, C-3`, `sections 2.1, 2.5 and 5`, `sections 4.2 to 4.6`. */
const cited = /(?:Plivo reference|[Ss]ections?) (\d+(?:\.\d+)?(?:(?:, and |, | and | to )\d+(?:\.\d+)?)*)/g

function citationsOf(text: string): string[] {
  const flowing = text.replaceAll(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ')
  const numbers = [...flowing.matchAll(cited)].flatMap(([, list = '']) => list.match(/\d+(?:\.\d+)?/g) ?? [])
  return [...numbers, ...(flowing.match(/\bC-\d+/g) ?? [])]
}

const files = [...globSync('src/**/*.ts'), 'docs/plivo.md']

test.each(files.filter((path) => citationsOf(readFileSync(path, 'utf8')).length > 0))(
  'what %s cites of the Plivo reference is there',
  (path) => {
    expect(citationsOf(readFileSync(path, 'utf8')).filter((citation) => !targets.has(citation))).toEqual([])
  },
)

test('the source of every assumption of the simulator is there', () => {
  const sources = [...Object.values(assumptionNotes), ...Object.values(restAssumptionNotes)].map((note) => note.source)
  expect(sources.length).toBeGreaterThan(20)
  expect(sources.filter((source) => !targets.has(source))).toEqual([])
})

describe('a citation', () => {
  test.each([
    ['(Plivo reference 5.4)', ['5.4']],
    ['(Plivo reference 3, C-3)', ['3', 'C-3']],
    ['(Plivo reference 4.2, and 9 for what it must put up with)', ['4.2', '9']],
    ['(sections 2.1, 2.5 and 5)', ['2.1', '2.5', '5']],
    ['(sections 4.2 to 4.6)', ['4.2', '4.6']],
    ['/** Ends (Plivo\n * reference 8). */ // UTC-5, C-22', ['8', 'C-22']],
    ['section 99 and C-99', ['99', 'C-99']],
  ])('is found in %j', (text, citations) => {
    expect(citationsOf(text)).toEqual(citations)
  })

  test('does not resolve when the reference has no such place', () => {
    expect(['99', '5.9', 'C-99'].filter((citation) => targets.has(citation))).toEqual([])
  })
})

test('no place of the reference is there twice', () => {
  expect(sections.length + contradictions.length).toBe(targets.size)
})

test('every section of the reference says how sure its facts are', () => {
  const withText = reference
    .split(/^#{2,3} (?=[1-9][. ])/m)
    .slice(1)
    .filter((section) => section.includes('\n\n') && section.trim().includes('\n'))
  expect(withText.length).toBeGreaterThan(20)
  const sure = /[(|] ?(?:[^()|]* )?[DSA](?:[,;] [^()|]*)? ?[)|]/
  expect(withText.filter((section) => !sure.test(section)).map((section) => section.split('\n')[0])).toEqual([])
})

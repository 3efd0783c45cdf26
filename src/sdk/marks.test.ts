import { describe, expect, it } from 'vitest'
import { type Mark, Marks } from './marks.ts'

const said = [
  { atMs: 0, text: 'Your balance ' },
  { atMs: 900, text: 'is forty ' },
  { atMs: 1500, text: 'dollars.' },
]

describe('Marks', () => {
  it.each([
    [0, ''],
    [899, ''],
    [900, 'Your balance '],
    [1499, 'Your balance '],
    [1500, 'Your balance is forty '],
    [1999, 'Your balance is forty '],
    [2000, 'Your balance is forty dollars.'],
  ])('of which %i ms were heard tell which words were heard to their end', (heardMs, text) => {
    expect(new Marks(said).heardText(heardMs, 2000)).toBe(text)
  })

  it('have a last word without an end as long as the end of the audio is not known', () => {
    expect(new Marks(said).heardText(60_000, undefined)).toBe('Your balance is forty ')
  })

  it('at the same time end together', () => {
    const marks = new Marks([
      { atMs: 0, text: 'a' },
      { atMs: 0, text: 'b' },
      { atMs: 100, text: 'c' },
    ])
    expect(marks.heardText(0, 200)).toBe('')
    expect(marks.heardText(100, 200)).toBe('ab')
  })

  it('are in the order of their times, whatever order they came in', () => {
    expect(new Marks(said.toReversed()).all).toEqual(said)
  })

  it('that are left begin where the hearing ended, with the word that was cut off', () => {
    expect(new Marks(said).unheard(1000, 2000)).toEqual([
      { atMs: 0, text: 'is forty ' },
      { atMs: 500, text: 'dollars.' },
    ])
    expect(new Marks(said).unheard(2000, 2000)).toEqual([])
  })

  it.each([{ atMs: -1, text: 'a' }, { atMs: Number.NaN, text: 'a' }, { atMs: 0 }, { text: 'a' }])(
    'take nothing else: %j',
    (mark) => {
      expect(() => new Marks([mark as Mark])).toThrow('a mark is { atMs, text }')
    },
  )
})

import { expect, test } from 'vitest'
import { drawLevels, secondsText } from './level-meter.ts'

test('levels become bars, and silence a space', () => {
  expect(drawLevels(0, [-96, -51, -50, -28, -6, 0])).toEqual(['   0.000 s |  ▁▅██|'])
})

test('a line holds five seconds', () => {
  const lines = drawLevels(
    2000,
    Array.from({ length: 60 }, () => -96),
  )
  expect(lines).toHaveLength(2)
  expect(lines[1]).toBe(`   7.000 s |${' '.repeat(10)}|`)
})

test('times stand below one another', () => {
  expect([0, 12_345, 600_000].map(secondsText)).toEqual(['   0.000 s', '  12.345 s', ' 600.000 s'])
})

import { expect, test } from 'vitest'
import { formatFields, formatTable } from './table.ts'

test('what somebody called a thing takes one cell of a table, and clears no screen', () => {
  const [, row, ...more] = formatTable(['NAME', 'TITLE'], [['acme', 'two\nlines\u001b[2J']]).split('\n')
  expect(row).toBe('acme  two\\nlines\\u001b[2J')
  expect(more).toEqual([])
  expect(formatFields({ Title: 'a\u001b[2J' })).not.toContain('\u001b[2J')
})

import { expect, test } from 'vitest'
import { createId } from './ids.ts'

test('an id is its prefix and 80 random bits', () => {
  expect(createId('ins')).toMatch(/^ins_[0-9a-f]{20}$/)
  expect(createId('ver')).toMatch(/^ver_[0-9a-f]{20}$/)
})

test('no two ids are the same', () => {
  const ids = Array.from({ length: 1000 }, () => createId('ins'))
  expect(new Set(ids).size).toBe(ids.length)
})

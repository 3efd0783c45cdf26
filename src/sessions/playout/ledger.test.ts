import { expect, test } from 'vitest'
import { heardInAll } from './ledger.ts'

test('a call in one line is the sum of its entries, in whole milliseconds', () => {
  const entry = { kind: 'play', startedAtMs: 0 } as const
  const entries = [
    { ...entry, utterance: 1, totalMs: 1000.125, heardMs: 400.5, uncertaintyMs: 30 },
    { ...entry, utterance: 2, totalMs: 500, heardMs: 500, uncertaintyMs: 0 },
  ]
  expect(heardInAll(entries)).toEqual({ sentMs: 1500, heardMs: 901, uncertaintyMs: 30 })
  expect(heardInAll([])).toEqual({ sentMs: 0, heardMs: 0, uncertaintyMs: 0 })
})

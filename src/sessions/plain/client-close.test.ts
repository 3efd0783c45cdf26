import { expect, test } from 'vitest'
import { clientClose, passedOn } from './client-close.ts'

test.each([
  ['bot-returned', 1000],
  ['bot-threw', 1011],
  ['bot-lost', 1011],
  ['bot-not-ready', 1011],
  ['node-stopped', 1001],
  ['stopped', 1001],
  ['max-duration', 4410],
] as const)('a client is told %s with %i', (reason, code) => {
  expect(clientClose({ reason }, undefined)).toEqual({ code, reason })
})

test.each([
  [
    { code: 1000, reason: 'done' },
    { code: 1000, reason: 'done' },
  ],
  [
    { code: 1005, reason: '' },
    { code: 1000, reason: '' },
  ],
  [
    { code: 1006, reason: '' },
    { code: 1000, reason: '' },
  ],
  [
    { code: 1001, reason: '' },
    { code: 1001, reason: '' },
  ],
  [
    { code: 1011, reason: 'oh' },
    { code: 1011, reason: 'oh' },
  ],
  [
    { code: 1015, reason: '' },
    { code: 1000, reason: '' },
  ],
  [
    { code: 4001, reason: 'mine' },
    { code: 4001, reason: 'mine' },
  ],
])('the close %j is passed on as %j, both ways', (how, expected) => {
  expect(passedOn(how)).toEqual(expected)
  expect(clientClose({ reason: 'bot-returned' }, how)).toEqual(expected)
})

import { expect, test } from 'vitest'
import { isBeyondShare, type Sharing } from './fair-share.ts'

const node: Sharing = { running: 0, room: 50, held: 0, organizations: 2, reserve: 0.1 }

test.each<[string, Partial<Sharing>, boolean]>([
  ['takes what it wants while there is more than the reserve', { running: 44, room: 6, held: 44 }, false],
  ['gets none of the last places once it has its share', { running: 45, room: 5, held: 45 }, true],
  ['gets the last places while it has less than its share', { running: 45, room: 5, held: 5 }, false],
  ['gets none of them with exactly its share', { running: 47, room: 3, held: 25 }, true],
  ['is alone, and gets all', { running: 49, room: 1, held: 49, organizations: 1 }, false],
  ['gets all where nothing is kept for others', { running: 49, room: 1, held: 49, reserve: 0 }, false],
  ['has nothing yet, and gets the only place', { running: 0, room: 1, held: 0, organizations: 9 }, false],
  ['leaves the second of two places to the other', { running: 1, room: 1, held: 1 }, true],
])('an organization %s', (_, given, beyond) => {
  expect(isBeyondShare({ ...node, ...given })).toBe(beyond)
})

test('two organizations of which one came first end with all places, and the second with what the first leaves it', () => {
  const held = { first: 0, second: 0 }
  const arrive = (who: 'first' | 'second') => {
    const running = held.first + held.second
    const sharing = { ...node, running, room: 50 - running, held: held[who] }
    if (sharing.room > 0 && !isBeyondShare(sharing)) held[who]++
  }
  for (let call = 0; call < 100; call++) arrive('first')
  expect(held).toEqual({ first: 45, second: 0 })
  for (let call = 0; call < 100; call++) arrive('second')
  expect(held).toEqual({ first: 45, second: 5 })
  // Calls of the first end, and both want each place.
  for (let minute = 0; minute < 100; minute++) {
    held.first--
    arrive('first')
    arrive('second')
  }
  expect(held).toEqual({ first: 25, second: 25 })
})

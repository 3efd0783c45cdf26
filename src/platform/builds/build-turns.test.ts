import { expect, test } from 'vitest'
import { BuildTurns } from './build-turns.ts'

/** Turns of two at once, and which builds had theirs. */
function turnsOfTwo() {
  const turns = new BuildTurns(2)
  const begun: string[] = []
  const wait = (organization: string, name: string) =>
    turns.take(organization).then((turn) => {
      begun.push(name)
      return turn
    })
  return { begun, wait }
}

test('as many builds run at once as may, and the others in the order in which they came', async () => {
  const { begun, wait } = turnsOfTwo()
  const [first] = await Promise.all([wait('a', 'a1'), wait('a', 'a2')])
  const [third, fourth] = [wait('a', 'a3'), wait('a', 'a4')]
  expect(begun).toEqual(['a1', 'a2'])
  first[Symbol.dispose]()
  const turn = await third
  expect(begun).toEqual(['a1', 'a2', 'a3'])
  turn[Symbol.dispose]()
  await fourth
  expect(begun).toEqual(['a1', 'a2', 'a3', 'a4'])
})

test('the builds of one organization do not wait for all of another', async () => {
  const { begun, wait } = turnsOfTwo()
  const [first, second] = await Promise.all([wait('a', 'a1'), wait('a', 'a2')])
  void [wait('a', 'a3'), wait('a', 'a4'), wait('b', 'b1'), wait('b', 'b2')]
  first[Symbol.dispose]()
  await expect.poll(() => begun).toEqual(['a1', 'a2', 'b1'])
  second[Symbol.dispose]()
  await expect.poll(() => begun).toEqual(['a1', 'a2', 'b1', 'a3'])
})

import { expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { BuildLog } from './build-log.ts'

function open() {
  const written: string[][] = []
  const clock = new ManualClock()
  const log = new BuildLog({ append: async (lines) => void written.push([...lines]), clock })
  return { written, clock, log }
}

test('lines are written together, and one that has not ended waits for its end', async () => {
  const { written, clock, log } = open()
  log.add('one\ntw')
  log.add('o\r\n\nthr')
  expect(written).toEqual([])
  clock.advance(500)
  log.add('ee')
  await log.end()
  expect(written).toEqual([['one', 'two'], ['three']])
})

test('a build that prints without end is cut, and the log says so', async () => {
  const { written, log } = open()
  for (let n = 0; n < 10_005; n++) log.add(`${n}\n`)
  log.add('x'.repeat(20_000))
  await log.end()
  const lines = written.flat()
  expect(lines).toHaveLength(10_001)
  expect(lines.at(-1)).toBe('… what comes after is left out')
})

test('a log that cannot be written does not end the build', async () => {
  const log = new BuildLog({ append: () => Promise.reject(new Error('no database')), clock: new ManualClock() })
  log.add('one\n')
  await expect(log.end()).resolves.toBeUndefined()
})

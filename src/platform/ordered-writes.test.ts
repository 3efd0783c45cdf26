import { expect, test } from 'vitest'
import { CollectedLog } from '../../test/support/collected-log.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { OrderedWrites } from './ordered-writes.ts'
import { PatientWrites } from './patient-writes.ts'

const away = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
const aTurn = () => new Promise((resolve) => setImmediate(resolve))

function createBench() {
  const clock = new ManualClock()
  const log = new CollectedLog()
  const patience = new PatientWrites({ clock, log })
  const written: string[] = []
  const database = { isAway: false, refuses: '' }
  const writes = new OrderedWrites({ patience, clock, log })
  const add = (about: string, what: string) =>
    writes.add(about, async () => {
      if (database.isAway) throw away()
      if (database.refuses === what) throw new Error('no')
      written.push(`${about} ${what}`)
    })
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      clock.advance(1000)
      await aTurn()
    }
  }
  return { log, patience, written, database, writes, add, pass, said: () => log.entries.map(({ message }) => message) }
}

test('records wait for a database that is away, each call with its own in their order; the log has two lines of it', async () => {
  const { written, database, writes, add, pass, said } = createBench()
  database.isAway = true
  for (const call of ['a', 'b']) for (const what of ['begins', 'ends']) add(call, what)
  await pass(30)
  expect([written, said()]).toEqual([[], ['the database is away: records of sessions and calls wait for it']])
  database.isAway = false
  await pass(1)
  await writes.settled()
  expect(written.toSorted()).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  expect(written.indexOf('a begins')).toBeLessThan(written.indexOf('a ends'))
  expect(said().slice(1)).toEqual(['no record of a session or a call waits for the database any more'])
})

test('a record that the database refuses costs no other, and is not tried again', async () => {
  const { written, database, writes, add, said } = createBench()
  database.refuses = 'begins'
  for (const what of ['begins', 'ends']) add('a', what)
  await writes.settled()
  expect(written).toEqual(['a ends'])
  expect(said()).toEqual(['the record of a session or a call could not be written'])
})

test('records are given up after five minutes without a database, and those behind them do not wait anew', async () => {
  const { written, database, writes, add, pass, log } = createBench()
  database.isAway = true
  for (const what of ['begins', 'ends']) add('a', what)
  await pass(301)
  await writes.settled()
  expect(written).toEqual([])
  expect(log.all('the record of a session or a call could not be written')).toHaveLength(2)
})

test('a node that stops does not wait for a database that is away', async () => {
  const { database, writes, patience, add, pass, log } = createBench()
  database.isAway = true
  for (const what of ['begins', 'ends']) add('a', what)
  await pass(1)
  patience.close()
  await writes.settled()
  expect(log.all('the record of a session or a call could not be written')).toHaveLength(2)
})

import { expect, test } from 'vitest'
import { CollectedLog } from '../../test/support/collected-log.ts'
import { type Log, silentLog } from '../lib/log.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { BatchWriter } from './batch-writer.ts'

function createWriter(write: (rows: readonly number[]) => Promise<void>, log: Log = silentLog) {
  const clock = new ManualClock()
  const ownerOf = (row: number) => `owner ${row % 4}`
  return { clock, writer: new BatchWriter<number>({ what: 'numbers', write, ownerOf, clock, log }) }
}

test('rows are written in order, many at once', async () => {
  const written: (readonly number[])[] = []
  const { writer, clock } = createWriter(async (rows) => void written.push(rows))
  for (let row = 0; row < 450; row++) writer.add(row)
  expect(written).toEqual([])
  clock.advance(200)
  await writer.flush()
  expect(written.map((rows) => rows.length)).toEqual([200, 200, 50])
  expect(written.flat()).toEqual(Array.from({ length: 450 }, (_, row) => row))
  expect(writer.dropped).toBe(0)
})

test('what a slow database cannot take is counted and does not fill the memory', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let written = 0
  const { writer } = createWriter(async (rows) => {
    await promise
    written += rows.length
  })
  for (let row = 0; row < 25_000; row++) writer.add(row)
  expect(writer.dropped).toBe(5000)
  resolve()
  await writer.flush()
  expect(written).toBe(20_000)
})

test('rows of one owner do not take the place of those of others', async () => {
  const written: number[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const { writer } = createWriter(async (rows) => {
    await promise
    written.push(...rows)
  })
  for (let row = 0; row < 10_000; row++) writer.add(row * 4)
  for (const other of [1, 2, 3]) writer.add(other)
  expect(writer.dropped).toBe(5_000)
  resolve()
  await writer.flush()
  expect(written.filter((row) => row % 4 !== 0)).toEqual([1, 2, 3])
  writer.add(4)
  await writer.flush()
  expect([writer.dropped, written.at(-1)]).toEqual([5_000, 4])
})

test('rows that the database refuses are counted; those of other owners are written, and those behind them', async () => {
  const written: number[] = []
  const { writer } = createWriter(async (rows) => {
    if (rows.includes(0)) throw new Error('no')
    written.push(...rows)
  })
  for (let row = 0; row < 300; row++) writer.add(row)
  await writer.flush()
  expect([writer.dropped, written.length]).toEqual([50, 250])
  expect(written.filter((row) => row < 200 && row % 4 === 0)).toEqual([])
})

test('rows wait for a database that is away, and are written in order once it is back; the log says so now and then', async () => {
  let away = true
  const written: number[] = []
  const log = new CollectedLog()
  const { writer, clock } = createWriter(async (rows) => {
    if (away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    written.push(...rows)
  }, log)
  for (let row = 0; row < 250; row++) writer.add(row)
  for (let second = 0; second < 30; second++) {
    clock.advance(1000)
    await writer.flush()
    writer.add(250 + second)
  }
  expect([written, writer.dropped]).toEqual([[], 0])
  expect(log.entries.map(({ message }) => message)).toEqual([
    'numbers wait for the database',
    'numbers wait for the database',
    'numbers wait for the database',
  ])
  away = false
  clock.advance(1000)
  await writer.flush()
  expect(written).toEqual(Array.from({ length: 280 }, (_, row) => row))
})

test('rows that wait are tried again without anybody asking', async () => {
  const tries: number[] = []
  const { writer, clock } = createWriter(async (rows) => {
    tries.push(rows.length)
    if (tries.length < 3) throw Object.assign(new Error('database is locked'), { code: 5 })
  })
  writer.add(1)
  for (let second = 0; second < 5; second++) {
    clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect([tries, writer.dropped]).toEqual([[1, 1, 1], 0])
})

test('what waits when the writer is closed is tried once more, and then lost', async () => {
  let tries = 0
  const log = new CollectedLog()
  const { writer, clock } = createWriter(async () => {
    tries++
    throw new Error('Connection terminated unexpectedly')
  }, log)
  writer.add(1)
  await writer.close()
  clock.advance(60_000)
  expect([tries, writer.dropped]).toEqual([1, 1])
  expect(log.entries.at(-1)).toMatchObject({ message: 'numbers are lost', fields: { dropped: 1 } })
})

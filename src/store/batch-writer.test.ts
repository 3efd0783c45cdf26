import { expect, test } from 'vitest'
import { silentLog } from '../lib/log.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { BatchWriter } from './batch-writer.ts'

function createWriter(write: (rows: readonly number[]) => Promise<void>) {
  const clock = new ManualClock()
  const ownerOf = (row: number) => `owner ${row % 4}`
  return { clock, writer: new BatchWriter<number>({ what: 'numbers', write, ownerOf, clock, log: silentLog }) }
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

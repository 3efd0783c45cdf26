import { expect, test } from 'vitest'
import { silentLog } from '../lib/log.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { BatchWriter } from './batch-writer.ts'

function createWriter(write: (rows: readonly number[]) => Promise<void>) {
  const clock = new ManualClock()
  return { clock, writer: new BatchWriter<number>({ what: 'numbers', write, clock, log: silentLog }) }
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

test('rows that the database refuses are counted, and those behind them are written', async () => {
  const written: number[] = []
  const { writer } = createWriter(async (rows) => {
    if (rows.includes(0)) throw new Error('no')
    written.push(...rows)
  })
  for (let row = 0; row < 300; row++) writer.add(row)
  await writer.flush()
  expect([writer.dropped, written.length]).toEqual([200, 100])
})

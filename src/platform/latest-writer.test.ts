import { expect, test } from 'vitest'
import { silentLog } from '../lib/log.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { LatestWriter } from './latest-writer.ts'
import { PatientWrites } from './patient-writes.ts'

function createWriter() {
  const clock = new ManualClock()
  const patience = new PatientWrites({ clock, log: silentLog })
  return { clock, writer: new LatestWriter({ what: 'a note', patience, log: silentLog }) }
}

test('only the latest of what waits under a key is written, and never two at once', async () => {
  const { writer } = createWriter()
  const written: string[] = []
  const write = (key: string, value: string) =>
    writer.write(key, async () => {
      written.push(`${key}${value} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      written.push(`${key}${value}`)
    })
  for (const value of ['1', '2', '3']) write('a', value)
  write('b', '1')
  await writer.settled()
  expect(written).toEqual(['a1 begins', 'b1 begins', 'a1', 'a3 begins', 'b1', 'a3'])
})

test('what cannot be written does not keep the next from being written', async () => {
  const { writer } = createWriter()
  const written: number[] = []
  writer.write('a', () => Promise.reject(new Error('the disk is full')))
  writer.write('a', async () => void written.push(2))
  await writer.settled()
  expect(written).toEqual([2])
})

test('what waits for a database that is away gives way to what is newer', async () => {
  const { writer, clock } = createWriter()
  const tries: string[] = []
  const away = () => Promise.reject(Object.assign(new Error('database is locked'), { code: 5 }))
  writer.write('a', () => {
    tries.push('old')
    return away()
  })
  await new Promise((resolve) => setImmediate(resolve))
  writer.write('a', async () => void tries.push('new'))
  clock.advance(1000)
  await writer.settled()
  expect(tries).toEqual(['old', 'new'])
})

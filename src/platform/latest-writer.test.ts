import { expect, test } from 'vitest'
import { silentLog } from '../lib/log.ts'
import { LatestWriter } from './latest-writer.ts'

test('only the latest of what waits under a key is written, and never two at once', async () => {
  const writer = new LatestWriter({ what: 'a note', log: silentLog })
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
  const writer = new LatestWriter({ what: 'a note', log: silentLog })
  const written: number[] = []
  writer.write('a', () => Promise.reject(new Error('the disk is full')))
  writer.write('a', async () => void written.push(2))
  await writer.settled()
  expect(written).toEqual([2])
})

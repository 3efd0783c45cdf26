import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as realSleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { sleep } from '../lib/clock.ts'
import { runBot } from './real-timers.ts'
import { VirtualTime } from './virtual-time.ts'

test('jumps from timer to timer, in order, and stops when nobody waits', async () => {
  using time = new VirtualTime()
  const { clock } = time
  const seen: number[] = []
  for (const ms of [5000, 20, 70_000]) clock.after(ms, () => seen.push(clock.monotonic()))
  await time.pass(sleep(clock, 6000))
  expect(seen).toEqual([20, 5000])
  expect(clock.monotonic()).toBe(6000)
  await realSleep(10)
  expect(clock.monotonic()).toBe(6000)
})

test('what a timer sets off is over before the next timer, however many promises and immediates it takes', async () => {
  using time = new VirtualTime()
  const { clock } = time
  let done: number | undefined
  clock.after(10, () => {
    void (async () => {
      for (let i = 0; i < 200; i++) await Promise.resolve()
      for (let i = 0; i < 20; i++) await new Promise((resolve) => void setImmediate(resolve))
      done = clock.monotonic()
    })()
  })
  clock.after(11, () => undefined)
  await time.pass(sleep(clock, 100))
  expect(done).toBe(10)
})

test('stands still while files are read and written', async () => {
  using time = new VirtualTime()
  const { clock } = time
  const file = join(tmpdir(), `offhook-time-${process.pid}.bin`)
  const moments: number[] = []
  clock.after(10, () => {
    void (async () => {
      await writeFile(file, new Uint8Array(3_000_000))
      moments.push(clock.monotonic())
      await readFile(file)
      await using handle = await open(file)
      await handle.stat()
      moments.push(clock.monotonic())
    })()
  })
  const tick = () => void clock.after(20, tick)
  tick()
  await time.pass(sleep(clock, 1000))
  await rm(file)
  expect(moments).toEqual([10, 10])
})

test("keeps real pace while a bot's real timer waits, and no longer", async () => {
  using time = new VirtualTime()
  const { clock } = time
  let firedAt: number | undefined
  const started = performance.now()
  runBot(() => void setTimeout(() => (firedAt = clock.monotonic()), 100))
  const tick = () => void clock.after(20, tick)
  tick()
  await time.pass(sleep(clock, 60_000))
  expect(firedAt).toBeLessThanOrEqual(performance.now() - started)
  expect(clock.monotonic()).toBe(60_000)
})

test('timers that keep nothing alive, cleared ones, and those of others do not slow it', async () => {
  using time = new VirtualTime()
  const others = setTimeout(() => undefined, 20_000)
  runBot(() => {
    setTimeout(() => undefined, 20_000).unref()
    clearTimeout(setTimeout(() => undefined, 20_000))
    AbortSignal.timeout(20_000)
  })
  await time.pass(sleep(time.clock, 3_600_000))
  expect(time.clock.monotonic()).toBe(3_600_000)
  clearTimeout(others)
})

test('waits of several at once end each at its own time', async () => {
  using time = new VirtualTime()
  const ends = await Promise.all(
    [300, 100, 200].map(async (ms) => {
      await time.pass(sleep(time.clock, ms))
      return time.clock.monotonic()
    }),
  )
  expect(ends).toEqual([300, 100, 200])
})

test('a promise that rejects is passed on', async () => {
  using time = new VirtualTime()
  const failing = sleep(time.clock, 50).then(() => Promise.reject(new Error('no')))
  await expect(time.pass(failing)).rejects.toThrow('no')
})

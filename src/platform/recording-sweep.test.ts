import { mkdir, mkdtempDisposable, readdir, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { silentLog } from '../lib/log.ts'
import { RecordingShelf } from '../sessions/recording-shelf.ts'
import { RecordingSweep } from './recording-sweep.ts'

test('copies of recordings go when they are too old, and nothing else', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'sweep-'))
  const folder = join(home.path, 'recordings')
  const clock = new ManualClock()
  await mkdir(folder)
  const write = async (name: string, ageMs: number) => {
    await writeFile(join(folder, name), 'x')
    const at = (clock.now() - ageMs) / 1000
    await utimes(join(folder, name), at, at)
  }
  await write('old.wav', 10_000)
  await write('broken-off.mp3.part', 10_000)
  await write('a note of mine.txt', 10_000)
  await write('young.mp3', 1000)
  const shelf = new RecordingShelf(home.path)
  await using _sweep = new RecordingSweep({ shelf, keptMs: 5000, clock, log: silentLog })
  await expect.poll(() => readdir(folder)).toEqual(['a note of mine.txt', 'young.mp3'])
  await expect.poll(() => clock.pending).toBe(1)
  clock.advance(3_600_000)
  await expect.poll(() => readdir(folder)).toEqual(['a note of mine.txt'])
})

test('a node that has kept nothing has nothing to remove', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'sweep-'))
  expect(await new RecordingShelf(home.path).removeOlder(Date.now())).toBe(0)
})

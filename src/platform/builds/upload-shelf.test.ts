import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { UploadShelf } from './upload-shelf.ts'

const upload = (text: string) => {
  const body = new FormData()
  body.set('file', new Blob([text]), 'context.tar.gz')
  return new Request('http://node/uploads/x', { method: 'POST', body })
}

const aSecond = { owner: 'a', keptMs: 1000 }

test('a file that nothing is built of goes when its time is over, and one that was claimed stays for its build', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-shelf-'))
  try {
    const clock = new ManualClock()
    using shelf = new UploadShelf({ folder, maxBytes: 100, clock })
    const forgotten = await shelf.take(upload('one'), aSecond)
    const built = await shelf.take(upload('two'), aSecond)
    expect([shelf.claim(built.path), shelf.claim(built.path)]).toEqual([true, false])
    clock.advance(1000)
    await expect.poll(() => readdir(folder)).toHaveLength(1)
    expect(shelf.claim(forgotten.path)).toBe(false)
    await shelf.remove(built.path)
    expect(await readdir(folder)).toEqual([])
    await expect(shelf.take(upload('x'.repeat(101)), aSecond)).rejects.toMatchObject({ status: 413 })
    expect([await readdir(folder), clock.pending]).toEqual([[], 0])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('nobody fills the disk: an organization has ten files there, and another its own', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-shelf-'))
  try {
    using shelf = new UploadShelf({ folder, maxBytes: 100, clock: new ManualClock() })
    const files = await Promise.all(Array.from({ length: 10 }, () => shelf.take(upload('x'), aSecond)))
    const built = files[0]?.path ?? ''
    shelf.claim(built)
    await expect(shelf.take(upload('x'), aSecond)).rejects.toMatchObject({
      status: 429,
      message: 'at most 10 contexts may wait for their builds: try again when one is done',
    })
    await shelf.take(upload('x'), { ...aSecond, owner: 'b' })
    await shelf.remove(built)
    await shelf.take(upload('x'), aSecond)
    expect(await readdir(folder)).toHaveLength(11)
  } finally {
    await rm(folder, { recursive: true })
  }
})

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

test('a file that nothing is built of goes when its time is over, and one that was claimed stays for its build', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-shelf-'))
  try {
    const clock = new ManualClock()
    using shelf = new UploadShelf({ folder, maxBytes: 100, clock })
    const forgotten = await shelf.take(upload('one'), 1000)
    const built = await shelf.take(upload('two'), 1000)
    expect([shelf.claim(built.path), shelf.claim(built.path)]).toEqual([true, false])
    clock.advance(1000)
    await expect.poll(() => readdir(folder)).toHaveLength(1)
    expect(shelf.claim(forgotten.path)).toBe(false)
    await shelf.remove(built.path)
    expect(await readdir(folder)).toEqual([])
    await expect(shelf.take(upload('x'.repeat(101)), 1000)).rejects.toMatchObject({ status: 413 })
    expect([await readdir(folder), clock.pending]).toEqual([[], 0])
  } finally {
    await rm(folder, { recursive: true })
  }
})

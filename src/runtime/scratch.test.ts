import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TemporaryFolder } from '../../test/support/temporary-folder.ts'
import { createScratch, removeOrphanedScratch, removeScratch } from './scratch.ts'

/** A program that stays, as an instance does, with such a folder. */
function stay(scratch: string) {
  const child = spawn('/bin/sleep', ['60'], { env: { HOME: '/', TMPDIR: scratch, LANG: 'C' } })
  return { child, pid: child.pid ?? 0, ended: once(child, 'exit') }
}

/** The number of a process that is gone. */
async function deadPid(): Promise<number> {
  const { child, pid, ended } = stay('/')
  child.kill('SIGKILL')
  await ended
  return pid
}

test('each instance gets an empty folder of its own, and it goes with all that is in it', async () => {
  await using home = await TemporaryFolder.create()
  const [one, two] = [await createScratch(home.path), await createScratch(home.path)]
  expect(one).not.toBe(two)
  expect(await readdir(one)).toEqual([])
  await writeFile(join(one, 'left'), 'behind')
  await removeScratch(one)
  expect(await readdir(join(home.path, 'scratch'))).toEqual([basename(two)])
})

describe.runIf(process.platform === 'linux')('a node that starts', () => {
  test('ends the processes and removes the folders of one that died, and leaves those of one that runs', async () => {
    await using home = await TemporaryFolder.create()
    const of = async (pid: number) => {
      const folder = join(home.path, 'scratch', `${pid}-abc`)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'large.wav'), 'x')
      return stay(folder)
    }
    const [orphan, neighbour] = [await of(await deadPid()), await of(process.ppid)]
    const orphanEnded = orphan.ended.then(() => 'ended')
    const neighbourEnded = neighbour.ended.then(() => 'ended')
    expect(await removeOrphanedScratch(home.path)).toBe(1)
    expect(await orphanEnded).toBe('ended')
    expect(await readdir(join(home.path, 'scratch'))).toEqual([`${process.ppid}-abc`])
    expect(await Promise.race([neighbourEnded, Promise.resolve('runs')])).toBe('runs')
    expect(neighbour.child.exitCode).toBeNull()
    neighbour.child.kill('SIGKILL')
    await neighbourEnded
  })

  test('finds nothing in a folder where no node was', async () => {
    await using home = await TemporaryFolder.create()
    expect(await removeOrphanedScratch(home.path)).toBe(0)
  })
})

import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { TemporaryFolder } from '../../test/support/temporary-folder.ts'
import { findNode, removeNodeFile, writeNodeFile } from './node-file.ts'

const node = (pid: number) => ({ pid, url: 'http://127.0.0.1:1', organization: 'local', agents: [], authToken: 'x' })
const mine = node(process.pid)

test('commands go to the node that began last, and once it has ended to the one that runs on', async () => {
  await using folder = await TemporaryFolder.create()
  await writeNodeFile(folder.path, node(process.ppid))
  const before = await writeNodeFile(folder.path, mine)
  expect(await findNode(folder.path)).toEqual(mine)
  await removeNodeFile(folder.path, before)
  expect(await findNode(folder.path)).toEqual(node(process.ppid))
})

test('a node that was killed is not gone back to', async () => {
  await using folder = await TemporaryFolder.create()
  await writeNodeFile(folder.path, node(spawnSync(process.execPath, ['--version']).pid))
  const before = await writeNodeFile(folder.path, mine)
  await removeNodeFile(folder.path, before)
  await expect(findNode(folder.path)).rejects.toThrow('no node is running')
})

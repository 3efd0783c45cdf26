import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const unit = () => readFile('examples/deploy/offhook.service', 'utf8')

test('systemd takes the unit as it is', async (context) => {
  if (!existsSync('/usr/bin/systemd-analyze')) {
    context.skip('there is no systemd-analyze on this machine')
    return
  }
  await using folder = await TemporaryFolder.create()
  const file = join(folder.path, 'offhook.service')
  await writeFile(file, (await unit()).replace('/usr/local/bin/offhook', resolve('bin/offhook.js')))
  const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', file])
  const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('offhook.service'))
  expect(complaints).toEqual([])
})

test('systemd leaves bots alone and waits for running calls as long as the node does', async () => {
  const text = await unit()
  expect(text).toMatch(/^KillMode=mixed$/m)
  const stopSeconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])
  expect(stopSeconds * 1000).toBeGreaterThan(readConfig({}).drainTimeoutMs)
})

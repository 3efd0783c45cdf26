import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCall } from './support/foreign-client.ts'
import { startNode, type TestNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { botsOf } from './support/processes.ts'

const megabyte = 1024 * 1024

/** Leaves a file lying about, and says where; `#` kills it. */
const careless = `
  import { writeFileSync } from 'node:fs'
  import { tmpdir } from 'node:os'
  import { getHeapStatistics } from 'node:v8'
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    writeFileSync(tmpdir() + '/left-behind', 'x')
    console.log('heap ' + getHeapStatistics().heap_size_limit)
    console.log('folder ' + tmpdir())
    for await (const event of call) if (event.type === 'dtmf') process.kill(process.pid, 'SIGKILL')
  })`

/** What the bots said behind a word, the latest last. */
const said = (node: TestNode, word: string) =>
  node.log.all(new RegExp(`^${word} `)).map(({ message }) => message.slice(word.length + 1))

test('each instance has a temporary folder of its own, which goes with it however it goes', async () => {
  const node = await startNode({ bot: careless })
  using call = await openCall(node.answerUrl())
  await expect.poll(() => said(node, 'folder').length, patience).toBe(1)
  call.stream.dtmf('#')
  await expect.poll(() => said(node, 'folder').length, patience).toBe(2)
  const [first = '', second = ''] = said(node, 'folder')
  expect(first).not.toBe(second)
  expect(existsSync(join(second, 'left-behind'))).toBe(true)
  await expect.poll(() => existsSync(first), patience).toBe(false)
  const folders = () => readdirSync(join(node.home, 'scratch')).length
  await expect.poll(() => folders() - botsOf(process.pid).length, patience).toBe(0)
  await node[Symbol.asyncDispose]()
  expect(existsSync(second)).toBe(false)
})

test('the heap of an instance is held below what its profile has', async () => {
  const maxMemoryBytes = 1024 * megabyte
  await using node = await startNode({ agents: [{ name: 'bot', bot: careless, maxMemoryBytes }] })
  using call = await openCall(node.answerUrl())
  await expect.poll(() => said(node, 'heap').length, patience).toBe(1)
  const limit = Number(said(node, 'heap')[0])
  expect(limit).toBeGreaterThan(maxMemoryBytes / 2)
  expect(limit).toBeLessThan(maxMemoryBytes)
  call.stream.dtmf('#')
})

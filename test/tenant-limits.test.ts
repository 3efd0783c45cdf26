import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundledFiles } from './support/bundled-files.ts'
import { askForXml, newCallUuid } from './support/foreign-client.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'
import { SmallBot } from './support/small-bot.ts'

// One organization tries to use up what it shares with another, on a node that serves.

let node: TestPlatform
let bot: SmallBot
let [greedy, modest] = ['', '']
/** A bot that prints much, in a session without a call. */
let loud: Record<string, unknown> = {}

const megabyte = 1024 * 1024

beforeAll(async () => {
  bot = await SmallBot.start()
  node = await startPlatform(undefined, {
    maxCalls: 20,
    reservePercent: 10,
    maxWarmInstances: 5,
    maxFileBytes: 2 * megabyte,
    logBytesPerSecond: 10,
  })
  greedy = node.organization
  const { body } = await node.ask('POST', '/v1/offhook/organizations', { verboseName: 'Modest' })
  modest = String(body['name'])
  for (const organization of [greedy, modest]) {
    const source = { type: 'url', url: bot.url }
    expect(await deploy(organization, 'desk', { source })).toMatchObject({ status: 200 })
  }
  const prints = `
    import { defineBot } from 'offhook'
    export default defineBot({ onSession: async () => console.log('x'.repeat(9000)) })`
  loud = { source: { type: 'module', entry: 'bot.mjs' }, files: await bundledFiles(node.home, 'loud', prints) }
})
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await removeHome(node)
  await bot[Symbol.asyncDispose]()
})

async function deploy(organization: string, agent: string, request: Record<string, unknown>) {
  const path = `/v1/offhook/organizations/${organization}/agents/${agent}/deploy`
  const answer = await node.ask('POST', path, request)
  await node.open.platform.settled()
  return answer
}

const filesOf = (bytes: number, mark = 'x') => [
  { path: 'bot.mjs', content: Buffer.from(`//${mark.repeat(bytes)}`).toString('base64') },
]
const moduleOf = (bytes: number, mark?: string) => ({
  source: { type: 'module', entry: 'bot.mjs' },
  files: filesOf(bytes, mark),
})

test('an organization whose bots print more than they may loses lines, and one line says so', async () => {
  expect(await deploy(modest, 'loud', loud)).toMatchObject({ status: 200 })
  const key = await node.ask('POST', `/v1/offhook/organizations/${modest}/keys`, { name: 'public', type: 'public' })
  const start = async () =>
    fetch(`http://127.0.0.1:${node.open.server.port}/v1/public/loud/start`, {
      method: 'POST',
      headers: { authorization: `Bearer ${String(key.body['key'])}` },
    })
  expect((await start()).status).toBe(200)
  const lines = async () => {
    const { body } = await node.ask('GET', `/v1/organizations/${modest}/services/loud/logs?limit=100`)
    return (body['logs'] as { log: string }[]).map(({ log }) => log.slice(0, 40))
  }
  await expect.poll(lines, patience).toEqual(['WARNING lines are left out: the bots of '])
})

test('an organization that takes all calls leaves the last places to others until they have their share', async () => {
  const calls: string[] = []
  const call = async (organization: string) => {
    const CallUUID = newCallUuid()
    const url = `http://127.0.0.1:${node.open.server.port}/plivo-xml?agent=desk&org=${organization}`
    const xml = await (await askForXml(url, { CallUUID }, { token: 'the-token-of-the-account' })).text()
    const taken = xml.includes('<Stream')
    if (taken && organization === greedy) calls.push(CallUUID)
    return taken
  }
  const taken = async (organization: string, wanted: number) => {
    let count = 0
    for (let asked = 0; asked < wanted; asked++) if (await call(organization)) count++
    return count
  }
  expect(await taken(greedy, 30)).toBe(18)
  expect(node.log.all('a call was not taken')[0]?.fields).toMatchObject({
    reason: expect.stringContaining('OFFHOOK_RESERVE_PERCENT'),
  })
  const key = await node.ask('POST', `/v1/offhook/organizations/${greedy}/keys`, { name: 'public', type: 'public' })
  const start = await fetch(`http://127.0.0.1:${node.open.server.port}/v1/public/desk/start`, {
    method: 'POST',
    headers: { authorization: `Bearer ${String(key.body['key'])}` },
  })
  expect([start.status, await start.text()]).toEqual([429, expect.stringContaining('OFFHOOK_RESERVE_PERCENT')])
  expect(await taken(modest, 5)).toBe(2)
  // Places that become free are for those who have less than their share.
  for (const callId of calls.splice(0, 4)) node.open.server.calls.hangUp(callId, 'the test')
  await expect.poll(() => node.open.server.calls.active, patience).toBe(16)
  expect(await taken(greedy, 5)).toBe(2)
  expect(await taken(modest, 5)).toBe(2)
})

describe('an organization keeps instances ready', () => {
  const scaled = (minAgents: number) => ({
    source: { type: 'url', url: bot.url },
    autoScaling: { minAgents, maxAgents: 50 },
  })

  test('only so many in all, with a new agent, a changed one and a new version', async () => {
    expect(await deploy(greedy, 'first', scaled(3))).toMatchObject({ status: 200 })
    const refused = {
      status: 409,
      body: { error: expect.stringMatching(/5 instances.*OFFHOOK_MAX_WARM_INSTANCES.*2 or less/) },
    }
    expect(await deploy(greedy, 'second', scaled(3))).toMatchObject(refused)
    expect(await deploy(greedy, 'second', scaled(2))).toMatchObject({ status: 200 })
    expect(await deploy(greedy, 'second', scaled(3))).toMatchObject(refused)
    const changed = { ...scaled(3), source: { type: 'url', url: `${bot.url}?new` } }
    expect(await deploy(greedy, 'second', changed)).toMatchObject(refused)
    expect(await deploy(modest, 'first', scaled(5))).toMatchObject({ status: 200 })
  })

  test('and may always do with fewer, or the same', async () => {
    expect(await deploy(greedy, 'first', { ...scaled(3), forceRedeploy: true })).toMatchObject({ status: 200 })
    expect(await deploy(greedy, 'first', scaled(1))).toMatchObject({ status: 200 })
    expect(await deploy(greedy, 'second', scaled(4))).toMatchObject({ status: 200 })
  })
})

describe('an organization fills the disk', () => {
  test('only as far as its files may go; deleting an agent makes room', async () => {
    expect(await deploy(greedy, 'large', moduleOf(1.5 * megabyte))).toMatchObject({ status: 200 })
    const refused = await deploy(greedy, 'large', moduleOf(megabyte, 'y'))
    expect(refused).toMatchObject({ status: 409, body: { error: expect.stringMatching(/2 MB.*OFFHOOK_MAX_FILES_MB/) } })
    expect(await deploy(greedy, 'larger', moduleOf(megabyte))).toMatchObject({ status: 409 })
    expect(await deploy(modest, 'large', moduleOf(megabyte))).toMatchObject({ status: 200 })
    expect(await node.ask('DELETE', `/v1/organizations/${greedy}/services/large`)).toMatchObject({ status: 200 })
    expect(await deploy(greedy, 'larger', moduleOf(megabyte))).toMatchObject({ status: 200 })
  })

  test('with folders of versions that do not run any more: those are removed', async () => {
    const pools = () => node.open.server.pools().filter(({ name }) => name === 'loud')
    for (let made = 0; made < 5; made++) {
      // The last instances of the version before the one before.
      await expect.poll(() => pools().length, patience).toBe(1)
      expect(await deploy(modest, 'loud', { ...loud, forceRedeploy: true })).toMatchObject({ status: 200 })
    }
    const folders = await readdir(join(node.home, 'versions'))
    // One whose last instance ended a moment ago goes with the next deployment.
    expect([1, 2]).toContain(folders.length)
    expect(folders).toContain(node.open.server.find({ name: 'loud', organization: modest })?.version)
  })
})

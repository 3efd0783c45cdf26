import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openPlatform } from '../src/platform/open-platform.ts'
import { CollectedLog } from './support/collected-log.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, withPlatform } from './support/platform.ts'

/** Says `word` at each key, and reads a file beside it for that. */
const reader = (word: string) => `
  import { defineBot } from 'offhook'
  import { readFileSync } from 'node:fs'
  export default defineBot(async (call) => {
    console.log('${word} has the call')
    for await (const event of call)
      if (event.type === 'dtmf') console.log('${word}', readFileSync('bot.mjs', 'utf8').length > 0)
  })`

test('a bot that is scaled again and again while it comes up comes up', () =>
  withPlatform(async (platform) => {
    const deploying = platform.deploy('desk', reader('one'))
    const services = `/v1/organizations/${platform.organization}/services`
    await expect.poll(async () => (await platform.ask('GET', `${services}/desk`)).status, patience).toBe(200)
    const scale = (maxAgents: number) =>
      platform.ask('PUT', services, { serviceName: 'desk', autoScaling: { minAgents: 1, maxAgents } })
    const answers = await Promise.all([11, 12, 13].map(scale))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    await deploying
    await platform.open.platform.settled()
    const { body } = await platform.ask('GET', `${services}/desk`)
    expect(body['body']).toMatchObject({ ready: true, available: true, errors: [] })
    expect(platform.log.all('a version does not come up')).toEqual([])
  }))

test('a version that is wanted again while it still has calls keeps its files under them', () =>
  withPlatform(async (platform) => {
    await platform.deploy('desk', reader('one'))
    const call = platform.call('desk')
    await platform.log.until('one has the call')
    await platform.deploy('desk', reader('two'))
    const agent = `/v1/offhook/organizations/${platform.organization}/agents/desk`
    expect(await platform.ask('POST', `${agent}/rollback`, {})).toMatchObject({ status: 200 })
    await platform.open.platform.settled()
    call.press('1')
    await platform.log.until('one true')
    call.hangUp()
    await call.ended
  }))

test('at the start of a node no agent waits for another that hangs', async () => {
  const before = await startPlatform()
  const home = before.home
  try {
    // Comes up once, and never again.
    await before.deploy(
      'first',
      `import { existsSync, writeFileSync } from 'node:fs'
      if (existsSync('${join(home, 'once')}')) await new Promise((resolve) => setTimeout(resolve, 1e9))
      writeFileSync('${join(home, 'once')}', '')
      ${reader('first')}`,
    )
    await before.deploy('first', `throw new Error('no key')`)
    await before.deploy('second', reader('second'))
    await before[Symbol.asyncDispose]()
    expect(await readFile(join(home, 'once'), 'utf8')).toBe('')
    const log = new CollectedLog()
    const settings = { port: 0, host: '127.0.0.1', home, plivoAuthTokens: ['x'], region: 'local', nodeId: 'node-1' }
    await using open = await openPlatform({ ...settings, maxCalls: 50, log })
    const { id = '' } = (await open.store.organizations.findByName(before.organization)) ?? {}
    const statusOf = async (name: string) =>
      open.platform.status(id, (await open.store.agents.find(id, name))?.id ?? '')
    await expect.poll(async () => (await statusOf('second'))?.ready, patience).toBe(true)
    expect(await statusOf('first')).toMatchObject({ current: { phase: 'Creating' }, available: false })
  } finally {
    await removeHome(before)
  }
})

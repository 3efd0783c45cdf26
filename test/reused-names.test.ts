import { expect, test } from 'vitest'
import { dial } from '../src/simulator/index.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform } from './support/platform.ts'
import { SmallBot } from './support/small-bot.ts'

test('an organization that takes the name of one that was deleted sees nothing of the calls that the other still has', async () => {
  const platform = await startPlatform()
  await using bot = await SmallBot.start()
  const { open } = platform
  const ask: typeof platform.ask = (...asked) => platform.ask(...asked)
  const base = '/v1/offhook/organizations'
  try {
    const makeDesk = async () => {
      expect(await ask('POST', base, { verboseName: 'Acme', name: 'acme' })).toMatchObject({ status: 201 })
      const source = { type: 'url', url: bot.url }
      await ask('POST', `${base}/acme/agents/desk/deploy`, { source })
      await open.platform.settled()
    }
    const calls = async () => (await ask('GET', `${base}/acme/calls`)).body['calls']
    const details = async () => (await ask('GET', '/v1/organizations/acme/services/desk')).body['body']
    await makeDesk()
    const { id = '' } = (await open.store.organizations.findByName('acme')) ?? {}
    const call = dial({
      answerUrl: `http://127.0.0.1:${open.server.port}/plivo-xml?agent=desk&org=acme`,
      authTokens: ['the-token-of-the-account'],
      maxDurationMs: 60_000,
    })
    await expect.poll(calls, patience).toMatchObject([{ agent: 'desk' }])
    const [session] = (await open.store.sessions.list(id)).items
    expect(await ask('DELETE', `${base}/acme`)).toMatchObject({ status: 200 })
    await makeDesk()
    expect(await calls()).toEqual([])
    expect(await details()).toMatchObject({ activeSessionCount: 0 })
    call.hangUp()
    await call.ended
    await expect
      .poll(async () => (await open.store.sessions.find(id, session?.id ?? ''))?.endedAt, patience)
      .toBeGreaterThan(0)
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
})

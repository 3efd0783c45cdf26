import { expect, test } from 'vitest'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform } from './support/platform.ts'
import { botsOf } from './support/processes.ts'

const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    console.log('has the call')
    for await (const event of call) void event
  })`

test('a call that a bot took over after a crash says so in its ledger, to who follows events, and in the metrics', async () => {
  const platform = await startPlatform()
  const following = new AbortController()
  try {
    await platform.deploy('front-desk', bot)
    const { organization, open } = platform
    const { id } = (await open.store.organizations.findByName(organization)) ?? { id: '' }
    const told: unknown[] = []
    void (async () => {
      for await (const event of open.platform.events(id, following.signal)) told.push(event)
    })()
    const call = platform.call('front-desk')
    // A bot that is killed before had nothing that another could take over.
    await expect.poll(() => platform.log.all('has the call').length, patience).toBe(1)
    for (const pid of botsOf(process.pid)) process.kill(pid, 'SIGKILL')
    await expect.poll(() => platform.log.all('call resumed').length, patience).toBe(1)

    const [{ sessionId } = { sessionId: '' }] = open.platform.liveCalls(id)
    const ledger = `/v1/offhook/organizations/${organization}/sessions/${sessionId}/ledger`
    await expect.poll(async () => (await platform.ask('GET', ledger)).body['total'], patience).toBe(1)
    const { body } = await platform.ask('GET', ledger)
    expect(body['entries']).toMatchObject([
      { code: 'SESSION_RESUMED', data: { reason: 'crash', count: 1, instanceId: expect.stringMatching(/^ins_/) } },
    ])
    expect(told).toContainEqual(
      expect.objectContaining({
        type: 'session.resumed',
        data: expect.objectContaining({ sessionId, callId: call.callUuid, reason: 'crash', count: 1 }),
      }),
    )
    const metrics = await (await fetch(`http://127.0.0.1:${open.server.port}/metrics`)).text()
    const labels = `organization="${organization}",agent="front-desk",reason="crash"`
    expect(metrics).toContain(`offhook_session_resumes_total{${labels}} 1`)
    call.hangUp()
    await call.ended
  } finally {
    following.abort()
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
})

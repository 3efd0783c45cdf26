import { describe, expect, test } from 'vitest'
import { patience } from './support/patience.ts'
import { botsOf } from './support/processes.ts'
import { removeHome, startPlatform, withPlatform } from './support/platform.ts'

const bot = (says: string) => `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    console.log('${says} ' + call.from + ' ' + (process.env.GREETING ?? ''))
    const tone = Int16Array.from({ length: 4000 }, (_, i) => 8000 * Math.sin(i / 4))
    await call.play(tone, { sampleRateHz: 8000 })
    for await (const event of call) if (event.type === 'dtmf') return
  })`

const heardTone = ({ heard }: { heard: { samples: Int16Array } }) =>
  heard.samples.some((sample) => Math.abs(sample) > 2000)

describe('a deployed bot', () => {
  test('answers a signed call, and the call is on record with its log', () =>
    withPlatform(async (platform) => {
      const details = await platform.deploy('front-desk', bot('hello'))
      expect(details).toMatchObject({ name: 'front-desk', ready: true, available: true, errors: [] })
      const call = platform.call('front-desk', [
        { do: 'wait-for-audio' },
        { do: 'wait-for-quiet' },
        { do: 'press', digits: '1' },
      ])
      expect(heardTone(await call.ended)).toBe(true)
      const base = `/v1/organizations/${platform.organization}/services/front-desk`
      await expect
        .poll(async () => (await platform.ask('GET', `${base}/sessions`)).body['sessions'], patience)
        .toEqual([
          expect.objectContaining({
            completionStatus: 'WS_CONNECTION_CLOSED',
            coldStart: false,
            endedAt: expect.any(String) as string,
          }),
        ])
      expect(platform.log.all('call started')[0]?.fields).toMatchObject({ from: '…00', to: '…99' })
      await expect
        .poll(async () => (await platform.ask('GET', `${base}/logs?limit=10`)).body['logs'], patience)
        .toEqual([expect.objectContaining({ log: 'hello 14155550100 ' })])
    }))

  test('is not there for a call that nobody signed', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('hello'))
      const url = `http://127.0.0.1:${platform.open.server.port}/plivo-xml?agent=front-desk&org=${platform.organization}`
      const answer = await fetch(url, {
        method: 'POST',
        body: new URLSearchParams({ CallUUID: 'a', From: '1', To: '2' }),
      })
      expect(answer.status).toBe(403)
    }))

  test('gets the secrets of its set, and nothing of the node', () =>
    withPlatform(async (platform) => {
      const secrets = `/v1/organizations/${platform.organization}/secrets/words`
      await platform.ask('PUT', secrets, { secretKey: 'GREETING', secretValue: 'good-morning' })
      await platform.deploy('front-desk', bot('hello'), { secretSet: 'words' })
      await platform.call('front-desk', [{ do: 'wait-for-audio' }, { do: 'press', digits: '1' }]).ended
      await expect.poll(() => platform.log.all(/^hello 14155550100 good-morning$/).length, patience).toBe(1)
    }))

  test('that does not come up says why, and the one before goes on', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('first'))
      const details = await platform.deploy('front-desk', `throw new Error('no key for the weather')`)
      expect(details).toMatchObject({ ready: false, available: true })
      expect(JSON.stringify(details['errors'])).toContain('no key for the weather')
      expect(
        heardTone(
          await platform.call('front-desk', [
            { do: 'wait-for-audio' },
            { do: 'wait', ms: 600 },
            { do: 'press', digits: '1' },
          ]).ended,
        ),
      ).toBe(true)
      await expect.poll(() => platform.log.all(/^first /).length, patience).toBe(1)
    }))

  test('of a new version takes new calls, and running ones stay where they are', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('first'))
      const running = platform.call('front-desk')
      await platform.log.until(/^first /)
      await platform.deploy('front-desk', bot('second'))
      const next = platform.call('front-desk', [{ do: 'wait-for-audio' }, { do: 'press', digits: '1' }])
      await next.ended
      await expect.poll(() => platform.log.all(/^second /).length, patience).toBe(1)
      running.press('1')
      expect((await running.ended).hangup.source).toBe('Answer XML')
    }))

  test('comes back after a rollback', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('first'))
      await platform.deploy('front-desk', bot('second'))
      await platform.ask('POST', `/v1/offhook/organizations/${platform.organization}/agents/front-desk/rollback`, {})
      await platform.open.platform.settled()
      await platform.call('front-desk', [{ do: 'wait-for-audio' }, { do: 'press', digits: '1' }]).ended
      await expect.poll(() => platform.log.all(/^first /).length, patience).toBe(1)
    }))

  test('that is deployed again as it is makes no new version', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('first'))
      const path = `/v1/offhook/organizations/${platform.organization}/agents/front-desk`
      await platform.deploy('front-desk', bot('first'))
      expect((await platform.ask('GET', `${path}/versions`)).body['total']).toBe(1)
    }))

  test('takes as many calls as it may, and the next caller hears that the lines are busy', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('hello'), { autoScaling: { minAgents: 0, maxAgents: 1 } })
      const first = platform.call('front-desk')
      await platform.log.until(/^hello /)
      const second = await platform.call('front-desk').ended
      expect(second.hangup.source).toBe('Answer XML')
      expect(second.streams).toEqual([])
      first.hangUp()
      await first.ended
    }))

  test('runs again when the node does, and what was open when the node stopped is closed', async () => {
    const before = await startPlatform()
    await before.deploy('front-desk', bot('hello'))
    await before[Symbol.asyncDispose]()
    const platform = await startPlatform(before)
    try {
      expect(
        heardTone(
          await platform.call('front-desk', [
            { do: 'wait-for-audio' },
            { do: 'wait', ms: 600 },
            { do: 'press', digits: '1' },
          ]).ended,
        ),
      ).toBe(true)
    } finally {
      await platform[Symbol.asyncDispose]()
      await removeHome(platform)
    }
  })

  test('that is scaled keeps its instances, and gets more or fewer of them', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('hello'), { autoScaling: { minAgents: 1 } })
      const before = botsOf(process.pid)
      expect(before).toHaveLength(1)
      const path = `/v1/organizations/${platform.organization}/services`
      const scaled = { serviceName: 'front-desk', autoScaling: { minAgents: 3, maxAgents: 9 } }
      expect((await platform.ask('PUT', path, scaled)).status).toBe(200)
      await expect.poll(() => botsOf(process.pid).length, patience).toBe(3)
      expect(botsOf(process.pid)).toEqual(expect.arrayContaining(before))
      const { body } = (await platform.ask('GET', `${path}/front-desk`)).body as { body: Record<string, unknown> }
      expect(body).toMatchObject({ ready: true, autoScaling: { minReplicas: 3, maxReplicas: 9 } })
    }))

  test('that was deleted takes no calls', () =>
    withPlatform(async (platform) => {
      await platform.deploy('front-desk', bot('hello'))
      await platform.ask('DELETE', `/v1/organizations/${platform.organization}/services/front-desk`)
      expect((await platform.call('front-desk').ended).answered).toBe(false)
    }))
})

test('an image is stored and shown, and says that this node runs none', () =>
  withPlatform(async (platform) => {
    const base = `/v1/organizations/${platform.organization}/services`
    await platform.ask('POST', base, { serviceName: 'pipecat-bot', image: 'me/bot:1', autoScaling: { minAgents: 0 } })
    await platform.open.platform.settled()
    const { body } = (await platform.ask('GET', `${base}/pipecat-bot`)).body as { body: Record<string, unknown> }
    expect(body).toMatchObject({ ready: false, available: false, errors: [{ code: 'PCC_IMAGE_PULL_UNKNOWN_ERROR' }] })
  }))

test('files that lead out of the bot’s folder are refused by name', () =>
  withPlatform(async (platform) => {
    const path = `/v1/offhook/organizations/${platform.organization}/agents/front-desk/deploy`
    for (const file of ['../x.mjs', '/etc/x.mjs', 'a/../../x.mjs', 'a\\b']) {
      const source = { type: 'module', entry: file }
      const answer = await platform.ask('POST', path, { source, files: [{ path: file, content: 'AA==' }] })
      expect(answer.status).toBe(400)
      expect(JSON.stringify(answer.body)).toContain('path')
    }
  }))

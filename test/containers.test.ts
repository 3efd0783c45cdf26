/** Images in containers, with a real engine. */
import { beforeAll, describe, expect, test } from 'vitest'
import { botImage, engineForTests, hasEngine } from './support/engine.ts'
import { containersOf, deployImage, heardTone, talk, withImages } from './support/image-platform.ts'
import { patience } from './support/patience.ts'
import type { TestPlatform } from './support/platform.ts'

/** Asks the only bot something over HTTP. */
async function askBot(platform: TestPlatform, path: string): Promise<Record<string, unknown>> {
  const [container] = await containersOf(platform)
  const { Config, NetworkSettings } = await engineForTests()
    .getContainer(container?.Id ?? '')
    .inspect()
  const port = Config.Env.find((line) => line.startsWith('PORT='))?.slice('PORT='.length)
  // In the machine's own network it has no address of its own.
  const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress || '127.0.0.1'
  return (await (await fetch(`http://${address}:${port}${path}`)).json()) as Record<string, unknown>
}

describe.skipIf(!hasEngine)('an image', () => {
  let image = ''
  beforeAll(async () => {
    image = await botImage()
  }, 120_000)

  test('answers calls in a container; what it prints is known by its session', () =>
    withImages(async (platform) => {
      expect(await deployImage(platform, { image })).toMatchObject({ ready: true, available: true, errors: [] })
      expect(heardTone(await platform.call('desk', talk).ended)).toBe(true)
      const sessions = `/v1/organizations/${platform.organization}/services/desk/sessions`
      await expect
        .poll(async () => (await platform.ask('GET', sessions)).body['sessions'], patience)
        .toEqual([
          expect.objectContaining({ completionStatus: 'WS_CONNECTION_CLOSED', endedAt: expect.any(String) as string }),
        ])
      const [{ sessionId }] = (await platform.ask('GET', sessions)).body['sessions'] as [{ sessionId: string }]
      const logs = `/v1/organizations/${platform.organization}/services/desk/logs?sessionId=${sessionId}`
      await expect
        .poll(async () => JSON.stringify((await platform.ask('GET', logs)).body), patience)
        .toContain('14155550100')
    }))

  test('has its secrets, a place for temporary files, and no rights', () =>
    withImages(async (platform) => {
      const secrets = `/v1/organizations/${platform.organization}/secrets/words`
      await platform.ask('PUT', secrets, { secretKey: 'GREETING', secretValue: 'good-morning' })
      await deployImage(platform, {
        image,
        secretSet: 'words',
        agentProfile: 'agent-2x',
        autoScaling: { minAgents: 1 },
      })
      expect(await askBot(platform, '/what-can-you-do')).toMatchObject({
        writesRoot: false,
        writesTmp: true,
        capabilities: '0000000000000000',
        noNewPrivileges: '1',
        environment: { GREETING: 'good-morning', PLIVO_AUTH_ID: expect.stringMatching(/./) as string },
      })
      const [container] = await containersOf(platform)
      const { HostConfig, Config } = await engineForTests()
        .getContainer(container?.Id ?? '')
        .inspect()
      expect(HostConfig).toMatchObject({ NanoCpus: 1e9, Memory: 2 * 1024 ** 3, MemorySwap: 2 * 1024 ** 3 })
      expect(Config.Labels).toMatchObject({
        'offhook.agent': `desk.${platform.organization}`,
        'offhook.node': 'node-1',
      })
    }))

  test('statements 66 and 67: finds PORT and its secrets in its environment, and no SHUTDOWN_TIMEOUT, and is ready by /readyz', () =>
    withImages(async (platform) => {
      const secrets = `/v1/organizations/${platform.organization}/secrets/words`
      for (const [secretKey, secretValue] of [
        ['GREETING', 'good-morning'],
        ['SHUTDOWN_TIMEOUT', '5'],
      ])
        await platform.ask('PUT', secrets, { secretKey, secretValue })
      const details = await deployImage(platform, { image, secretSet: 'words', autoScaling: { minAgents: 1 } })
      expect(details).toMatchObject({ ready: true })
      const { environment } = (await askBot(platform, '/what-can-you-do')) as { environment: Record<string, string> }
      // What every engine sets besides.
      const { PATH: _path, HOSTNAME: _name, HOME: _home, container: _kind, ...given } = environment
      expect(given).toEqual({
        PORT: expect.stringMatching(/^\d+$/) as string,
        GREETING: 'good-morning',
        PLIVO_AUTH_ID: expect.stringMatching(/./) as string,
        PLIVO_AUTH_TOKEN: expect.stringMatching(/./) as string,
      })
    }))

  test('that ends before it is ready says why, with its last words', () =>
    withImages(async (platform) => {
      const secrets = `/v1/organizations/${platform.organization}/secrets/words`
      await platform.ask('PUT', secrets, { secretKey: 'FAIL_TO_START', secretValue: 'yes' })
      const details = await deployImage(platform, { image, secretSet: 'words' })
      expect(details).toMatchObject({ ready: false, available: false })
      expect(JSON.stringify(details['errors'])).toMatch(
        /exited with code 78 before it was ready:.*no key for the weather/,
      )
    }))

  test('that takes more memory than its profile has is ended, the log says so, and another container has the call', () =>
    withImages(async (platform) => {
      await deployImage(platform, { image, autoScaling: { minAgents: 2 } })
      const call = platform.call('desk', [
        { do: 'wait', ms: 500 },
        { do: 'press', digits: '9' },
      ])
      const served = () => platform.log.all(/ - serves \{/).map(({ fields }) => fields['instance'])
      await expect.poll(served, patience).toHaveLength(2)
      expect(new Set(served()).size).toBe(2)
      await platform.log.until(/was killed: it needed more memory than its profile has \(1 GB\)/)
      call.press('#')
      expect((await call.ended).hangup.source).toBe('Answer XML')
    }))

  test('that is removed by hand is known to be gone, and another container takes its place', () =>
    withImages(async (platform) => {
      await deployImage(platform, { image, autoScaling: { minAgents: 1 } })
      const [first] = await containersOf(platform)
      await engineForTests()
        .getContainer(first?.Id ?? '')
        .remove({ force: true })
      await platform.log.until(/the bot's process (was removed by somebody else|exited with code 137)/)
      await expect
        .poll(
          async () => (await containersOf(platform)).map(({ Id, State }) => Id !== first?.Id && State === 'running'),
          patience,
        )
        .toEqual([true])
    }))
})

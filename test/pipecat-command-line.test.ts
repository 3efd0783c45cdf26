/** Pipecat Cloud's command line, by the requests that it was seen to send, with images that a real engine runs. */
import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { botContext, botImage, hasEngine } from './support/engine.ts'
import { containersOf, heardTone, talk, withImages } from './support/image-platform.ts'
import { patience } from './support/patience.ts'
import { PipecatCli } from './support/pipecat-cli.ts'
import type { TestPlatform } from './support/platform.ts'

const cliOf = async (platform: TestPlatform): Promise<PipecatCli> => {
  const owner = await platform.open.store.users.create({ email: `${randomUUID()}@example.com` })
  const organization = await platform.open.store.organizations.findByName(platform.organization)
  await platform.open.store.users.setRole(organization?.id ?? '', owner.id, 'owner')
  const { token } = await platform.open.store.tokens.create(owner.id, { name: 'pcc' })
  return new PipecatCli(platform, token)
}

describe.skipIf(!hasEngine)('Pipecat Cloud’s command line', () => {
  test('deploys an image, and a call is answered by its container; sessions, logs and deployments are there', () =>
    withImages(async (platform) => {
      const cli = await cliOf(platform)
      const image = await botImage()
      const { asked, outcome } = await cli.deploy('front-desk', { image }, 1)
      expect(asked).toEqual(['GET /properties: 200', 'GET /services/front-desk: 404', 'POST /services: 200'])
      expect(outcome).toBe('ready')
      const [container] = await containersOf(platform)
      expect(container).toMatchObject({ State: 'running' })
      expect(heardTone(await platform.call('front-desk', talk).ended)).toBe(true)
      const sessions = async () => (await cli.read('/services/front-desk/sessions'))['sessions'] as object[]
      await expect
        .poll(sessions, { ...patience, interval: 200 })
        .toEqual([expect.objectContaining({ endedAt: expect.any(String) as string, coldStart: false })])
      expect(JSON.stringify(await cli.read('/services/front-desk/logs?limit=100'))).toContain('14155550100')
      expect(await cli.read('/services/front-desk/deployments')).toMatchObject({
        deployments: [{ manifest: { spec: { image, dailyNodeType: 'arm' } } }],
      })
      const again = await cli.deploy('front-desk', { image }, 1)
      expect(again.asked.at(-1)).toBe('PUT /services: 200')
      expect(again.outcome).toBe('ready')
      await cli.delete('front-desk')
      await expect.poll(() => containersOf(platform), patience).toEqual([])
    }))

  test('statement 27: shows the code of an image that cannot be had', () =>
    withImages(async (platform) => {
      const { outcome } = await (await cliOf(platform)).deploy('bad', { image: '127.0.0.1:1/nobody/none:1' })
      expect(outcome).toMatchObject({ code: expect.stringMatching(/^PCC_IMAGE_/) as string })
    }))

  test('statement 36: asks for the cache, uploads, builds, waits and deploys; a second time it uploads nothing', () =>
    withImages(async (platform) => {
      const cli = await cliOf(platform)
      // An engine keeps what it has built.
      const context = gzipSync(await botContext({ dockerfileEnd: `LABEL made.by="${randomUUID()}"\n` }), { level: 1 })
      const { asked, buildId } = await cli.build(context)
      expect(asked.map((line) => line.replace(/\?.*:/, '?…:'))).toEqual([
        'GET /properties: 200',
        'GET /builds?…: 200',
        'POST /builds/upload-url: 200',
        'POST /builds: 201',
      ])
      expect((await cli.deploy('built', { buildId }, 1)).outcome).toBe('ready')
      expect(heardTone(await platform.call('built', talk).ended)).toBe(true)
      const second = await cli.build(context)
      expect(second.buildId).toBe(buildId)
      expect(second.asked).toHaveLength(2)
    }))
})

/** Builds from a Dockerfile, through the upload-and-build API and a real engine. */
import { execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { botContext, engineForTests, hasEngine } from './support/engine.ts'
import { deployImage, engineSettings, heardTone, talk, withImages } from './support/image-platform.ts'
import { patience } from './support/patience.ts'
import type { TestPlatform } from './support/platform.ts'

interface Build {
  readonly id: string
  readonly status: string
  readonly errorMessage: string | null
  readonly imageUri: string | null
}

const builds = ({ organization }: TestPlatform) => `/v1/organizations/${organization}/builds`

const upload = async (platform: TestPlatform, context: Uint8Array, fields: Record<string, string> = {}) => {
  const { body } = await platform.ask('POST', `${builds(platform)}/upload-url`, {})
  const form = new FormData()
  for (const [name, value] of Object.entries({ ...(body['uploadFields'] as object), ...fields })) form.set(name, value)
  form.set('file', new Blob([new Uint8Array(context)], { type: 'application/gzip' }), 'context.tar.gz')
  const url = String(body['uploadUrl'])
  return { url, form, id: String(body['uploadId']), answer: await fetch(url, { method: 'POST', body: form }) }
}

/** The API has a limit on requests, and a build has time. */
const calmly = { timeout: engineSettings.buildTimeoutMs + patience.timeout, interval: 200 }

/** Uploads and builds; resolves when the build is over. */
async function build(platform: TestPlatform, context: Uint8Array, dockerfilePath = 'Dockerfile') {
  const { id: uploadId, answer } = await upload(platform, context)
  expect(answer.status).toBe(204)
  const started = await platform.ask('POST', builds(platform), { uploadId, dockerfilePath })
  const { build, cached, contextHash } = started.body as { build: Build; cached: boolean; contextHash: string }
  const read = async () => (await platform.ask('GET', `${builds(platform)}/${build.id}`)).body['build'] as Build
  await expect.poll(async () => (await read()).status, calmly).toMatch(/success|failed|timeout/)
  return { status: started.status, cached, contextHash, build: await read() }
}

const logsOf = async (platform: TestPlatform, { id }: Build) =>
  ((await platform.ask('GET', `${builds(platform)}/${id}/logs`)).body['logs'] as string[]).join('\n')

const contextOf = (dockerfile: string): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-context-'))
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  try {
    return execFileSync('tar', ['-C', folder, '-cz', '.'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(!hasEngine)('a build', { timeout: 4 * engineSettings.buildTimeoutMs }, () => {
  test('statement 36: what was uploaded is built, deployed by its build and answers calls; a second time it is there already', () =>
    withImages(async (platform) => {
      // The engine would not run again what it has run before.
      const context = gzipSync(
        await botContext({ dockerfileEnd: `RUN ["/app/node", "-e", "console.log(6 * 7) // ${randomUUID()}"]\n` }),
        { level: 1 },
      )
      const first = await build(platform, context)
      expect(first.build).toMatchObject({ status: 'success', errorMessage: null })
      expect(first).toMatchObject({ status: 201, cached: false })
      expect(first.contextHash).toBe(createHash('md5').update(context).digest('hex').slice(0, 16))
      expect(await logsOf(platform, first.build)).toMatch(/RUN .*console\.log\(6 \* 7\)[^]*#\d+ 42\n/)
      expect(await build(platform, context)).toMatchObject({
        status: 200,
        cached: true,
        build: { id: first.build.id },
      })
      expect(await readdir(join(platform.home, 'uploads'))).toEqual([])

      const details = await deployImage(platform, { buildId: first.build.id })
      expect(details).toMatchObject({ ready: true, errors: [] })
      expect(heardTone(await platform.call('desk', talk).ended)).toBe(true)

      // Somebody has tidied up the engine.
      await engineForTests()
        .getImage(first.build.imageUri ?? '')
        .remove({ force: true })
      const again = await build(platform, context)
      expect(again).toMatchObject({ status: 201, cached: false, build: { status: 'success' } })
    }))

  test('that fails says where, in its record and its log', () =>
    withImages(async (platform) => {
      const { build: failed } = await build(platform, contextOf('FROM scratch\nCOPY nothing /\n'))
      expect(failed).toMatchObject({ status: 'failed', imageUri: null })
      expect(failed.errorMessage).toMatch(/nothing/)
      expect(await logsOf(platform, failed)).toContain(failed.errorMessage)
      const { build: absent } = await build(platform, contextOf('FROM scratch\n'), 'elsewhere/Dockerfile')
      expect(absent).toMatchObject({ status: 'failed' })
      expect(absent.errorMessage).toMatch(/Dockerfile/)
    }))

  test('that takes too long is ended', () =>
    withImages(
      async (platform) => {
        const context = gzipSync(
          await botContext({ dockerfileEnd: 'RUN ["/app/node", "-e", "setTimeout(() => {}, 60000)"]\n' }),
          {
            level: 1,
          },
        )
        const { build: slow } = await build(platform, context)
        expect(slow).toMatchObject({ status: 'timeout', errorMessage: 'the build was not done in 3 s' })
      },
      { buildTimeoutMs: 3000 },
    ))

  test('of an upload is the same however often it is asked for, unless it has failed', () =>
    withImages(async (platform) => {
      const startOf = async (dockerfile: string) => {
        const { id: uploadId } = await upload(platform, contextOf(dockerfile))
        return () => platform.ask('POST', builds(platform), { uploadId })
      }
      const start = await startOf('FROM scratch\nCOPY Dockerfile /\n')
      const { body: first } = await start()
      const again = await start()
      expect(again.body['build']).toMatchObject({ id: (first['build'] as Build).id })
      const fail = await startOf('FROM scratch\nCOPY nothing /\n')
      await fail()
      await expect.poll(async () => (await fail()).status, calmly).toBe(400)
      const { body } = await platform.ask('GET', builds(platform))
      expect(body['total']).toBe(2)
    }))

  test('of one organization is not there for another', () =>
    withImages(async (platform) => {
      const { build: own } = await build(platform, contextOf('FROM scratch\nCOPY Dockerfile /\n'))
      expect(own.status).toBe('success')
      const labels = { 'offhook.organization': 'somebody-else' }
      const stolen = await engineForTests()
        .getImage(own.imageUri ?? '')
        .inspect()
      expect(stolen.Config.Labels).not.toMatchObject(labels)
      const other = await platform.open.store.organizations.create({ verboseName: 'Other' })
      const version = {
        spec: { source: { type: 'image', image: own.imageUri ?? '' }, webSocketAuth: 'token' },
        createdBy: 'x',
      } as const
      const agent = await platform.open.store.agents.create(other.id, {
        name: 'thief',
        region: 'local',
        minInstances: 0,
        maxInstances: 1,
        version,
      })
      await platform.open.platform.deploy(other.id, agent.id)
      await platform.open.platform.settled()
      expect(platform.open.platform.status(other.id, agent.id)?.errors[0]?.message).toMatch(/could not be pulled/)
    }))

  test('statement 37: an upload takes any number of fields before its file, once', () =>
    withImages(async (platform) => {
      const fields = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`x-amz-field-${n}`, 'x'.repeat(100)]))
      const { answer, url, form } = await upload(platform, contextOf('FROM scratch\n'), fields)
      expect(answer.status).toBe(204)
      expect((await fetch(url, { method: 'POST', body: form })).status).toBe(404)
      expect((await fetch(`${url}x`, { method: 'POST', body: form })).status).toBe(404)
      const { body } = await platform.ask('POST', `${builds(platform)}/upload-url`, {})
      const empty = await fetch(String(body['uploadUrl']), { method: 'POST', body: 'nothing' })
      expect([empty.status, await empty.json()]).toEqual([400, expect.objectContaining({ code: '400' })])
      const twice = await platform.ask('POST', `${builds(platform)}/upload-url`, {})
      const send = () => fetch(String(twice.body['uploadUrl']), { method: 'POST', body: form })
      const both = await Promise.all([send(), send()])
      expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 404])
      expect(await readdir(join(platform.home, 'uploads'))).toHaveLength(2)
      const unused = await platform.ask('POST', builds(platform), { uploadId: body['uploadId'] })
      expect(unused.status).toBe(400)
    }))
})

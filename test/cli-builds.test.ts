/** `offhook build`, of a context that makes no image: with or without a container engine it fails, and says why. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { patience } from './support/patience.ts'
import { ServeProcess } from './support/serve-process.ts'

let node: ServeProcess
let environment: Record<string, string>
let buildId: string

const json = async (args: readonly string[]): Promise<unknown> =>
  JSON.parse((await node.run([...args, '--json'], environment)).stdout)

beforeAll(async () => {
  node = await ServeProcess.start()
  environment = { OFFHOOK_URL: node.url, OFFHOOK_TOKEN: node.token }
  const builds = `${node.url}/v1/organizations/${node.organization}/builds`
  const headers = { authorization: `Bearer ${node.token}`, 'content-type': 'application/json' }
  const ask = async (path: string, body: unknown) => {
    const answer = await fetch(`${builds}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await answer.json()) as { [name: string]: unknown }
  }
  const { uploadId, uploadUrl, uploadFields } = await ask('/upload-url', {})
  const form = new FormData()
  for (const [name, value] of Object.entries(uploadFields as Record<string, string>)) form.append(name, value)
  form.append('file', new Blob(['no archive at all'], { type: 'application/gzip' }), 'context.tar.gz')
  expect((await fetch(String(uploadUrl), { method: 'POST', body: form })).ok).toBe(true)
  const { build } = await ask('', { uploadId })
  buildId = (build as { id: string }).id
  await vi.waitUntil(
    async () => ((await json(['build', 'status', buildId])) as { status: string }).status === 'failed',
    {
      ...patience,
      interval: 200,
    },
  )
}, 60_000)

afterAll(() => node[Symbol.asyncDispose]())

describe('offhook build', () => {
  test('list shows builds, those of one status if that is wanted', async () => {
    const all = await node.run(['build', 'list'], environment)
    expect(all).toMatchObject({ code: 0, stderr: '' })
    expect(all.stdout).toMatch(new RegExp(`${buildId} +failed +local`))
    const good = await node.run(['build', 'list', '--status', 'success'], environment)
    expect(good.stdout).not.toContain(buildId)
  })

  test('status says why a build failed', async () => {
    const { code, stdout } = await node.run(['build', 'status', buildId], environment)
    expect(code).toBe(0)
    expect(stdout).toMatch(/Status +failed/)
    expect(stdout).toMatch(/Problem +(the build context must be a tar archive|\w.*engine)/)
  })

  test('logs prints its lines', async () => {
    expect(await node.run(['build', 'logs', buildId], environment)).toMatchObject({ code: 0 })
    expect(await json(['build', 'logs', buildId])).toEqual(expect.any(Array))
  })

  test('of one that is not there exits with 1 and names it', async () => {
    const { code, stderr } = await node.run(['build', 'status', crypto.randomUUID()], environment)
    expect(code).toBe(1)
    expect(stderr).toMatch(/build/i)
  })

  test('with a status that there is not is wrong usage', async () => {
    const { code, stderr } = await node.run(['build', 'list', '--status', 'lost'], environment)
    expect(code).toBe(2)
    expect(stderr).toContain('pending, building, success')
  })
})

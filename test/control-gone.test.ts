import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlBuilder } from './support/control-builder.ts'
import { ControlServer } from './support/control-server.ts'
import { patience, pause } from './support/patience.ts'

// An organization is deleted while requests with its keys are under way.

let server: ControlServer
beforeAll(async () => {
  server = await ControlServer.start({
    builder: {
      async createUpload(order) {
        await server.store.organizations.delete(order.organizationId)
        return new ControlBuilder(server.store).createUpload(order)
      },
      startBuild: (order) => new ControlBuilder(server.store).startBuild(order),
    },
  })
  // The last organization is not deleted.
  await server.addTenant('stays@example.com')
})
afterAll(async () => server[Symbol.asyncDispose]())

const requests: readonly [method: string, path: string, body: unknown][] = [
  ['PUT', '/v1/secrets/vault', { secrets: [{ secretKey: 'A', secretValue: 'x' }] }],
  ['POST', '/v1/agents', { serviceName: 'desk', image: 'me/bot:1' }],
  ['PATCH', '/v1/properties', { defaultRegion: 'us-west' }],
  ['POST', '/v1/offhook/organizations/{org}/webhooks', { url: 'https://example.com/x' }],
]

describe('whose organization is deleted before the body is there', () => {
  test.each(requests)('%s %s is told that it is not found', async (method, path, body) => {
    const tenant = await server.addTenant(`${crypto.randomUUID()}@example.com`)
    const text = JSON.stringify(body)
    const headers = {
      authorization: `Bearer ${tenant.privateKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    }
    const outgoing = request(`${server.url}${path.replace('{org}', tenant.organization.name)}`, { method, headers })
    const status = new Promise<number>((resolve, reject) => {
      outgoing.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject)
    })
    outgoing.write(text.slice(0, 5))
    const seen = async () => (await server.store.keys.list(tenant.organization.id, 'private'))[0]?.lastUsedAt
    await expect.poll(seen, patience).toBeTypeOf('number')
    // The key is good; a moment later the organization has been entered.
    await pause(50)
    await server.store.organizations.delete(tenant.organization.id)
    outgoing.end(text.slice(5))
    expect(await status).toBe(404)
  })
})

test('an upload for an organization that is deleted meanwhile is not found either', async () => {
  const { privateKey } = await server.addTenant('builder@example.com')
  const reply = await server.send(privateKey, 'POST', '/v1/builds/upload-url', { region: 'us-west' })
  expect(reply).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
})

test('every operation in an organization says that it may be gone', async () => {
  const { body } = await server.send(undefined, 'GET', '/openapi.json')
  const silent = Object.entries<Record<string, Operation>>(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(
        ([, { security = [] }]) =>
          path.includes('{org}') || security.some((one) => one['personalAccessToken'] === undefined),
      )
      .filter(([, { responses }]) => responses['404'] === undefined)
      .map(([method]) => `${method} ${path}`),
  )
  expect(silent).toEqual([])
})

interface Operation {
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly responses: Readonly<Record<string, unknown>>
}

import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { ControlServer, type Tenant } from './support/control-server.ts'
import { patience } from './support/patience.ts'

// What organizations share, and that none of them uses it up.

const rate = { burst: 4, perSecond: 0.01 }

test('many tokens of one user have one limit together, and many keys of an organization', async () => {
  await using busy = await ControlServer.start({ rate })
  const [one, two] = [await busy.addTenant('one@example.com'), await busy.addTenant('two@example.com')]
  const statuses = async (credentials: readonly string[], path: string) => {
    const sent = credentials.flatMap((credential) =>
      Array.from({ length: 4 }, () => busy.send(credential, 'GET', path)),
    )
    return (await Promise.all(sent)).map(({ status }) => status)
  }
  const tokens = [one.token]
  while (tokens.length < 7) tokens.push((await busy.store.tokens.create(one.userId, { name: 'more' })).token)
  const asUser = await statuses(tokens, '/v1/users')
  expect([asUser.filter((status) => status === 200).length, asUser.includes(429)]).toEqual([20, true])
  const keys = [one.privateKey]
  while (keys.length < 5)
    keys.push((await busy.store.keys.create(one.organization.id, { type: 'private', name: 'more' })).key)
  expect((await statuses(keys, '/v1/regions')).filter((status) => status === 200)).toHaveLength(20)
  expect(await busy.send(one.publicKey, 'POST', '/v1/public/desk/start', {})).toMatchObject({ status: 429 })
  expect(await statuses([two.token], '/v1/users')).toEqual([200, 200, 200, 200])
  expect(await statuses([two.privateKey], '/v1/regions')).toEqual([200, 200, 200, 200])
})

test('an organization holds 20 streams of events at most; others, and it again when one is closed, hear theirs', async () => {
  await using busy = await ControlServer.start()
  const [one, two] = [await busy.addTenant('one@example.com'), await busy.addTenant('two@example.com')]
  const listen = async ({ organization, token }: Tenant) => {
    const path = `${busy.url}/v1/offhook/organizations/${organization.name}/events`
    const controller = new AbortController()
    const headers = { authorization: `Bearer ${token}` }
    const { status } = await fetch(path, { headers, signal: controller.signal })
    return { status, close: () => controller.abort() }
  }
  const open = await Promise.all(Array.from({ length: 20 }, () => listen(one)))
  expect(open.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  expect(await listen(one)).toMatchObject({ status: 429 })
  expect(await listen(two)).toMatchObject({ status: 200 })
  open[0]?.close()
  await expect.poll(async () => (await listen(one)).status, patience).toBe(200)
})

test('a stream of events that nobody reads has an end: one that was asked for with HEAD, one of a client that stopped reading', async () => {
  const clock = new ManualClock()
  await using busy = await ControlServer.start({ clock })
  const { organization, token } = await busy.addTenant('one@example.com')
  const path = `/v1/offhook/organizations/${organization.name}/events`
  for (let time = 0; time < 21; time++) expect(await busy.send(token, 'HEAD', path)).toMatchObject({ status: 200 })
  const client = connect(Number(new URL(busy.url).port), '127.0.0.1')
  client.pause().write(`GET ${path} HTTP/1.1\r\nhost: node\r\nauthorization: Bearer ${token}\r\n\r\n`)
  await expect.poll(() => busy.runtime.listeners, patience).toBe(1)
  const data = { text: 'x'.repeat(1_000_000) }
  // More than the buffers on the way take.
  for (let event = 0; event < 50; event++) busy.runtime.emit(organization.id, { type: 'test', at: 0, data })
  await expect
    .poll(() => {
      clock.advance(60_000)
      return busy.runtime.listeners
    }, patience)
    .toBe(0)
  client.destroy()
})

test('an organization sends two deployments at once at most, and others send theirs meanwhile', async () => {
  await using busy = await ControlServer.start()
  const [one, two] = [await busy.addTenant('one@example.com'), await busy.addTenant('two@example.com')]
  const bot = JSON.stringify({ source: { type: 'url', url: 'wss://bot.example.com/ws' } })
  /** Says how long it is, and takes its time. */
  const begin = ({ organization, privateKey }: Tenant, agent: string) => {
    const path = `${busy.url}/v1/offhook/organizations/${organization.name}/agents/${agent}/deploy`
    const headers = {
      authorization: `Bearer ${privateKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(bot),
    }
    const outgoing = request(path, { method: 'POST', headers })
    outgoing.write(bot.slice(0, 10))
    const status = new Promise<number>((resolve, reject) => {
      outgoing.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject)
    })
    return { status, finish: () => outgoing.end(bot.slice(10)) }
  }
  const held = [begin(one, 'first'), begin(one, 'second')]
  await expect
    .poll(async () => {
      const third = begin(one, 'third')
      third.finish()
      return third.status
    }, patience)
    .toBe(429)
  const foreign = begin(two, 'other')
  foreign.finish()
  expect(await foreign.status).toBe(200)
  for (const { finish } of held) finish()
  expect(await Promise.all(held.map(({ status }) => status))).toEqual([200, 200])
  const again = begin(one, 'third')
  again.finish()
  expect(await again.status).toBe(200)
})

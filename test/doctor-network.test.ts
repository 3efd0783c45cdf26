import { once } from 'node:events'
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Config, readConfig } from '../src/config.ts'
import { checkClock } from '../src/doctor/checks/clock.ts'
import { checkEngine } from '../src/doctor/checks/engine.ts'
import { checkPlivoAccount } from '../src/doctor/checks/plivo-account.ts'
import { checkPort } from '../src/doctor/checks/port.ts'
import { checkPublicUrl } from '../src/doctor/checks/public-url.ts'
import { systemClock } from '../src/lib/clock.ts'
import { silentLog } from '../src/lib/log.ts'
import { PlivoRest } from '../src/plivo/index.ts'
import { Server } from '../src/server.ts'
import { PhoneBook, SimulatorServer } from '../src/simulator/index.ts'
import { createCertificate } from './support/certificate.ts'
import { freePort } from './support/free-port.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const clock = systemClock
const token = 'known-to-this-machine'

interface Listening extends AsyncDisposable {
  readonly port: number
}

async function listen(server: HttpServer, at: number | string = 0): Promise<Listening> {
  if (typeof at === 'string') server.listen(at)
  else server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address() as AddressInfo | string
  return {
    port: typeof address === 'string' ? 0 : address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const answering = (listener: RequestListener) => listen(createServer(listener))

/** A node that runs, and what the doctor knows of it. */
async function startNode() {
  const folder = await TemporaryFolder.create()
  const server = await Server.start({
    port: 0,
    host: '127.0.0.1',
    home: folder.path,
    plivoAuthTokens: [],
    simulatorToken: token,
    unsignedWebhooks: 'refuse',
    log: silentLog,
  })
  const { localUrl: url } = server
  return {
    url,
    node: { pid: process.pid, url, authToken: token },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

const configOf = (environment: Record<string, string>): Config => readConfig(environment)

describe('the public URL', () => {
  const look = (publicUrl: string, node: { pid: number; url: string; authToken: string } | undefined) =>
    checkPublicUrl({ config: configOf({ OFFHOOK_PUBLIC_URL: publicUrl }), node })

  test('that leads to this node is good, with its WebSockets', async () => {
    await using running = await startNode()
    const findings = await look(running.url, running.node)
    expect(findings).toMatchObject([
      { state: 'warning', message: expect.stringContaining('without TLS') },
      { check: 'public URL', state: 'ok' },
      { check: 'WebSockets', state: 'ok' },
    ])
  })

  test('that leads to another node, or to anything else, is not', async () => {
    await using running = await startNode()
    await using other = await answering((_request, response) => response.end('hello'))
    const foreign = await look(running.url, { ...running.node, authToken: 'of-another-node' })
    const stranger = await look(`http://127.0.0.1:${other.port}`, running.node)
    for (const [, finding] of [foreign, stranger]) {
      expect(finding).toMatchObject({ state: 'failed', message: expect.stringContaining('something else answers') })
    }
  })

  test('behind a proxy that passes no upgrades on would make every call silent', async () => {
    await using running = await startNode()
    await using proxy = await answering((request, response) => {
      void fetch(`${running.url}${request.url ?? ''}`, {
        headers: { 'x-offhook-nonce': String(request.headers['x-offhook-nonce'] ?? '') },
      }).then(async (reply) => {
        response.writeHead(reply.status, { 'x-offhook-proof': reply.headers.get('x-offhook-proof') ?? '' })
        response.end(await reply.text())
      })
    })
    const findings = await look(`http://127.0.0.1:${proxy.port}`, running.node)
    expect(findings.slice(1)).toMatchObject([
      { check: 'public URL', state: 'ok' },
      { check: 'WebSockets', state: 'failed', fix: expect.stringContaining('Upgrade') },
    ])
  })

  test('that is not reached says why', async () => {
    await using running = await startNode()
    const [, refused] = await look(`http://127.0.0.1:${await freePort()}`, running.node)
    expect(refused).toMatchObject({ state: 'failed', message: expect.stringContaining('nothing listens there') })
    await using secure = await listen(
      createSecureServer(createCertificate('localhost'), (_, response) => response.end()),
    )
    const [selfSigned] = await look(`https://localhost:${secure.port}`, running.node)
    expect(selfSigned).toMatchObject({ state: 'failed', message: expect.stringContaining('self-signed') })
  })

  test('cannot be checked while no node runs, and should be said', async () => {
    expect(await look('https://voice.example.com', undefined)).toMatchObject([{ state: 'skipped' }])
    expect(await checkPublicUrl({ config: configOf({}), node: undefined })).toMatchObject([
      { state: 'warning', fix: expect.stringContaining('OFFHOOK_PUBLIC_URL=') },
    ])
  })
})

describe('the port', () => {
  test('may be free, the own node’s, or taken by a process that is named', async () => {
    const port = await freePort()
    const config = configOf({ PORT: String(port) })
    expect(await checkPort({ config, node: undefined })).toMatchObject({ state: 'ok' })
    await using _taken = await listen(createServer(), port)
    expect(await checkPort({ config, node: undefined })).toMatchObject({
      state: 'failed',
      message: expect.stringContaining(`pid ${process.pid})`),
    })
    const node = { pid: process.pid, url: '', authToken: '' }
    expect(await checkPort({ config, node })).toMatchObject({ state: 'ok' })
  })

  test('needs an address that this machine has', async () => {
    const config = configOf({ OFFHOOK_HOST: '192.0.2.1' })
    expect(await checkPort({ config, node: undefined })).toMatchObject({ state: 'failed', fix: /OFFHOOK_HOST/ })
  })
})

describe('the clock', () => {
  const ahead = (ms: number) =>
    answering((_request, response) => response.setHeader('date', new Date(Date.now() + ms).toUTCString()).end())

  test.each([
    [0, 'ok'],
    [-20_000, 'warning'],
    [300_000, 'failed'],
  ] as const)('of Plivo %i ms ahead: %s', async (ms, state) => {
    await using plivo = await ahead(ms)
    const config = configOf({ PLIVO_API_URL: `http://127.0.0.1:${plivo.port}` })
    expect(await checkClock({ config, clock })).toMatchObject({ state })
  })

  test('has nothing to be compared with when Plivo is not reached', async () => {
    const config = configOf({ PLIVO_API_URL: 'http://127.0.0.1:1' })
    expect(await checkClock({ config, clock })).toMatchObject({ state: 'skipped' })
  })
})

describe("Plivo's account", () => {
  const authId = 'MAXXXXXXXXXXXXXXXXXX'
  const startPlivo = () =>
    SimulatorServer.start({ account: { authId, authTokens: ['right'] }, phones: new PhoneBook({}) })
  const look = (environment: Record<string, string>) => checkPlivoAccount({ config: configOf(environment), clock })

  test('is known by its credentials, and has an application that leads here', async () => {
    await using plivo = await startPlivo()
    const here = 'https://voice.example.com'
    const credentials = { PLIVO_API_URL: plivo.url, PLIVO_AUTH_ID: authId, PLIVO_AUTH_TOKEN: 'right' }
    const environment = { ...credentials, OFFHOOK_PUBLIC_URL: here }
    expect(await look(environment)).toMatchObject([{ state: 'ok' }, { check: 'Plivo application', state: 'warning' }])
    const rest = new PlivoRest({ authId, authToken: 'right', baseUrl: plivo.url })
    await rest.createApplication({ name: 'desk', answerUrl: `${here}/plivo-xml?agent=desk&org=one` })
    expect(await look(environment)).toMatchObject([{ state: 'ok' }, { check: 'Plivo application', state: 'ok' }])
  })

  test('with wrong credentials, or without, is told', async () => {
    await using plivo = await startPlivo()
    const wrong = { PLIVO_API_URL: plivo.url, PLIVO_AUTH_ID: authId, PLIVO_AUTH_TOKEN: 'another-token' }
    const [finding] = await look(wrong)
    expect(finding).toMatchObject({ state: 'failed', fix: expect.stringContaining('auth token') })
    expect(JSON.stringify(finding)).not.toContain('another-token')
    expect(await look({})).toMatchObject([{ state: 'failed', fix: expect.stringContaining('PLIVO_AUTH_TOKEN') }])
    expect(await look({ PLIVO_AUTH_TOKEN: 'right' })).toMatchObject([{ state: 'warning' }])
  })
})

describe('the container engine', () => {
  test('answers, or says what to do', async () => {
    await using folder = await TemporaryFolder.create()
    const socket = join(folder.path, 'engine.sock')
    const look = () => checkEngine({ config: configOf({ DOCKER_HOST: `unix://${socket}` }) })
    expect(await look()).toMatchObject({ state: 'warning', fix: expect.stringContaining('start') })
    await using _engine = await listen(
      createServer((_request, response) => response.setHeader('server', 'Engine/1').end('OK')),
      socket,
    )
    expect(await look()).toMatchObject({ state: 'ok', message: expect.stringContaining('Engine/1') })
  })

  test('must be named as Docker names it', async () => {
    const config = configOf({ DOCKER_HOST: 'somewhere' })
    expect(await checkEngine({ config })).toMatchObject({
      state: 'failed',
      fix: expect.stringContaining('DOCKER_HOST'),
    })
  })

  test('is not looked for where no images run', async () => {
    const config = configOf({ OFFHOOK_BOTS: 'modules' })
    expect(await checkEngine({ config })).toMatchObject({ state: 'skipped' })
  })
})

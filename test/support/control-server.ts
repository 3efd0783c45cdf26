import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type ControlOptions, createControlApp } from '../../src/control/control-app.ts'
import { StartTokens } from '../../src/control/start-tokens.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Organization, Role } from '../../src/store/schema/tenants.ts'
import { type Store, openStore } from '../../src/store/store.ts'
import { ControlBuilder } from './control-builder.ts'
import { ControlRuntime } from './control-runtime.ts'
import { CollectedLog } from './collected-log.ts'

/** An organization with somebody of a role in it, and a key of each kind. */
export interface Tenant {
  readonly organization: Organization
  readonly userId: string
  readonly email: string
  readonly token: string
  readonly publicKey: string
  readonly privateKey: string
}

export interface Reply {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; any, since tests look at whatever comes. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
  readonly text: string
}

/** The control API over real HTTP, with a real store in a temporary folder. */
export class ControlServer implements AsyncDisposable {
  readonly store: Store
  readonly runtime: ControlRuntime
  readonly startTokens: StartTokens
  readonly log: CollectedLog
  /** A test that provokes a 5xx sets it; elsewhere one is a mistake, and fails the test. */
  expectFaults = false
  readonly #folder: string
  readonly #http = createServer()

  private constructor(store: Store, folder: string, log: CollectedLog) {
    this.store = store
    this.log = log
    this.#folder = folder
    this.runtime = new ControlRuntime(store)
    const useOnce = async (name: string, nonce: string, expiresAt: number) => {
      const organization = await store.organizations.findByName(name)
      return organization !== undefined && store.placements.useOnce(organization.id, nonce, expiresAt)
    }
    this.startTokens = new StartTokens({ clock: systemClock, key: Buffer.from('a key for tests'), useOnce })
  }

  static async start(options: Partial<ControlOptions> = {}): Promise<ControlServer> {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-control-'))
    const log = new CollectedLog()
    const region = { code: 'us-west', displayName: 'US West' }
    const store = await openStore({ folder, clock: systemClock, log, region })
    await store.regions.create({ code: 'eu-central', displayName: 'Europe' })
    const server = new ControlServer(store, folder, log)
    const app = createControlApp({
      store,
      runtime: server.runtime,
      builder: new ControlBuilder(store),
      startTokens: server.startTokens,
      publicUrl: () => 'https://voice.example.test',
      rate: { burst: 10_000, perSecond: 10_000 },
      clock: systemClock,
      log,
      ...options,
    })
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
    server.#http.on('request', (request, response) => void listener(request, response))
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve))
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  async addTenant(email: string, role: Role = 'owner'): Promise<Tenant> {
    const organization = await this.store.organizations.create({ verboseName: `${email}'s workspace` })
    const { keys } = this.store
    const { key: publicKey } = await keys.create(organization.id, { type: 'public', name: 'public' })
    const { key: privateKey } = await keys.create(organization.id, { type: 'private', name: 'private' })
    const { userId, token } = await this.addMember(organization.id, email, role)
    return { organization, userId, email, token, publicKey, privateKey }
  }

  async addMember(organizationId: string, email: string, role: Role): Promise<{ userId: string; token: string }> {
    const { id: userId } = await this.store.users.create({ email })
    await this.store.users.setRole(organizationId, userId, role)
    const { token } = await this.store.tokens.create(userId, { name: 'test' })
    return { userId, token }
  }

  /** Sends a request as `aiohttp` and `fetch` do. `credential`: none when undefined. */
  async send(credential: string | undefined, method: string, path: string, body?: unknown): Promise<Reply> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status >= 500 && !this.expectFaults)
      throw new Error(`${method} ${path}: ${text}`, { cause: this.log.all('a request failed').at(-1)?.fields['err'] })
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
      text,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve())
      this.#http.closeAllConnections()
    })
    await this.store[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

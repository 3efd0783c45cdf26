/** Nodes that serve, one on each database, for clients that know Pipecat Cloud. */
import { afterAll, beforeAll, expect } from 'vitest'
import type { z } from 'zod'
import { type OpenPlatform, openPlatform } from '../../src/platform/open-platform.ts'
import { bundledFiles } from './bundled-files.ts'
import type { Reply } from './control-server.ts'
import { SmallBot } from './small-bot.ts'
import { type DatabaseKind, describeStores, StorePlace } from './stores.ts'

interface Key {
  readonly id: string
  readonly key: string
}

/** What `offhook serve` runs, in the test's own process, with an owner and keys of both kinds. */
export class CloudNode implements AsyncDisposable {
  readonly place: StorePlace
  readonly open: OpenPlatform
  readonly token: string
  readonly organization: string
  publicKey = ''
  privateKey = ''
  /** What agents run that are to be up at once: it takes every stream and says nothing. */
  readonly #bot: SmallBot

  private constructor(place: StorePlace, open: OpenPlatform, bot: SmallBot) {
    this.place = place
    this.open = open
    this.#bot = bot
    this.token = open.first?.token ?? ''
    this.organization = open.first?.organization ?? ''
  }

  static async start(kind: DatabaseKind): Promise<CloudNode> {
    const place = await StorePlace.create(kind)
    const { folder: home, log, databaseUrl } = place.location
    const open = await openPlatform({
      port: 0,
      host: '127.0.0.1',
      home,
      ...(databaseUrl !== undefined && { databaseUrl }),
      plivoAuthTokens: ['the-token-of-the-account'],
      region: 'us-west',
      nodeId: 'node-1',
      maskNumbers: true,
      apiRate: { burst: 10_000, perSecond: 10_000 },
      log,
    })
    const node = new CloudNode(place, open, await SmallBot.start())
    await open.store.regions.create({ code: 'eu-central', displayName: 'Europe' })
    node.publicKey = (await node.addKey('public')).key
    node.privateKey = (await node.addKey('private')).key
    return node
  }

  get url(): string {
    return `http://127.0.0.1:${this.open.server.port}`
  }

  get log() {
    return this.place.log
  }

  async addKey(type: 'public' | 'private'): Promise<Key> {
    const { body } = await this.send(this.token, 'POST', `/v1/offhook/organizations/${this.organization}/keys`, {
      name: type,
      type,
    })
    return body
  }

  /** Sends a request as `aiohttp` and `fetch` do; a 5xx is a mistake wherever it comes. */
  async send(credential: string | undefined, method: string, path: string, body?: unknown): Promise<Reply> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(credential !== undefined && { authorization: `Bearer ${credential}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const { status, headers } = response
    const text = await response.text()
    if (status >= 500) throw new Error(`${method} ${path}: ${status} ${text}`)
    const isJson = headers.get('content-type')?.startsWith('application/json') === true
    return { status, headers, text, body: isJson ? JSON.parse(text) : undefined }
  }

  /** What `json` says of a good answer; anything else fails the test. */
  async read<Schema extends z.ZodType>(json: Schema, asked: Promise<Reply>): Promise<z.output<Schema>> {
    const { status, text, body } = await asked
    expect([status, text.slice(0, 1000)]).toEqual([
      expect.toSatisfy((code) => code >= 200 && code < 300),
      expect.anything(),
    ])
    return json.parse(body)
  }

  /** As the command line of Pipecat Cloud, below its organization. */
  cli(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.send(this.token, method, `/v1/organizations/${this.organization}${path}`, body)
  }

  /** As a program with a private key. */
  rest(method: string, path: string, body?: unknown): Promise<Reply> {
    return this.send(this.privateKey, method, `/v1${path}`, body)
  }

  /** As a program with a public key. */
  start(agent: string, body: unknown = {}, key = this.publicKey): Promise<Reply> {
    return this.send(key, 'POST', `/v1/public/${agent}/start`, body)
  }

  /** As Offhook's own `deploy`; resolves when the version has come up or failed. */
  async deploy(agent: string, request: object): Promise<Reply> {
    const path = `/v1/offhook/organizations/${this.organization}/agents/${agent}/deploy`
    const reply = await this.send(this.token, 'POST', path, request)
    await this.open.platform.settled()
    return reply
  }

  /** An agent that is up at once: its bot runs elsewhere, and says nothing. */
  async addAgent(agent: string, settings: object = {}): Promise<void> {
    const deployed = await this.deploy(agent, { source: { type: 'url', url: this.#bot.url }, ...settings })
    expect(deployed).toMatchObject({ status: 200 })
  }

  /** An agent whose bot runs here. */
  async addBot(agent: string, source: string, settings: object = {}): Promise<void> {
    const files = await bundledFiles(this.place.location.folder, agent, source)
    const module = { source: { type: 'module', entry: 'bot.mjs' }, files }
    expect(await this.deploy(agent, { ...module, ...settings })).toMatchObject({ status: 200 })
  }

  async details(agent: string): Promise<Reply['body']> {
    return (await this.cli('GET', `/services/${agent}`)).body.body
  }

  /** Where Plivo opens a stream. */
  streamUrl(agent: string, query = '', path = ''): string {
    const host = `${agent}.${this.organization}`
    return `${this.url.replace('http', 'ws')}/ws/plivo${path}?serviceHost=${host}${query}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.open[Symbol.asyncDispose]()
    await this.#bot[Symbol.asyncDispose]()
    await this.place[Symbol.asyncDispose]()
  }
}

/** Runs the tests against a node on each database; there is one node for all tests of a file. */
export function describeNodes(tests: (node: () => CloudNode) => void): void {
  describeStores((kind) => {
    let node: CloudNode | undefined
    beforeAll(async () => {
      node = await CloudNode.start(kind)
    })
    afterAll(async () => node?.[Symbol.asyncDispose]())
    tests(() => {
      if (!node) throw new Error('the node did not start')
      return node
    })
  })
}

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import { freePort } from './free-port.ts'
import { KillableServe } from './killable-serve.ts'
import { patience } from './patience.ts'
import { type JournalEntry, readJournal, resumingBot } from './resuming-bot.ts'

export const plivoToken = 'the-token-of-the-account'

/** `offhook serve` with the agent `desk`, which can be killed and started again at the same address. */
export class LostNode implements AsyncDisposable {
  readonly organization: string
  readonly url: string
  readonly #folder: string
  readonly #token: string
  #serve: KillableServe

  private constructor(folder: string, serve: KillableServe) {
    this.#folder = folder
    this.#serve = serve
    this.url = serve.url
    const { token, organization } = serve.owner
    this.#token = token
    this.organization = organization
  }

  static async start(): Promise<LostNode> {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-lost-'))
    const environment = { PLIVO_AUTH_TOKEN: plivoToken, PORT: String(await freePort()) }
    const serve = await KillableServe.start(join(folder, 'home'), environment)
    const node = new LostNode(folder, serve)
    await node.#deploy(resumingBot(node.#journal))
    return node
  }

  get answerUrl(): string {
    return `${this.url}/plivo-xml?agent=desk&org=${this.organization}`
  }

  /** What the bots of a call were told, in the order of their beginning. */
  runsOf(call: string): readonly JournalEntry[] {
    return readJournal(this.#journal).filter((entry) => entry.what === 'began' && entry.call === call)
  }

  /** Resolves once the database has what run number `run` of the call saved. */
  async keeps(call: string, run: number): Promise<void> {
    const saved = JSON.stringify({ call, run })
    await expect.poll(() => this.#kept(call), patience).toContain(saved)
  }

  /** Resolves once the database has nothing of the call any more. */
  async forgets(call: string): Promise<void> {
    await expect.poll(() => this.#kept(call), patience).toBeUndefined()
  }

  async kill(): Promise<void> {
    await this.#serve.kill()
  }

  async startAgain(): Promise<void> {
    const environment = { PLIVO_AUTH_TOKEN: plivoToken, PORT: new URL(this.url).port }
    this.#serve = await KillableServe.start(join(this.#folder, 'home'), environment)
  }

  /** Numbers of the processes whose instances have folders here. */
  async scratchOwners(): Promise<readonly number[]> {
    const names = await readdir(join(this.#folder, 'home', 'scratch'))
    return [...new Set(names.map((name) => Number.parseInt(name, 10)))]
  }

  get pid(): number {
    return this.#serve.pid
  }

  /** How the sessions of the agent ended, the newest first. */
  async endings(): Promise<readonly unknown[]> {
    const answer = await this.#ask('GET', `/v1/organizations/${this.organization}/services/desk/sessions`)
    const { sessions } = answer as { sessions: { completionStatus: unknown }[] }
    return sessions.map(({ completionStatus }) => completionStatus)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serve[Symbol.asyncDispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #journal(): string {
    return join(this.#folder, 'journal')
  }

  #kept(call: string): string | undefined {
    using database = new DatabaseSync(join(this.#folder, 'home', 'store.sqlite'), { readOnly: true })
    const row = database.prepare('select saved_state from placements where call_id = ?').get(call)
    return row && String(row['saved_state']).replaceAll('\\', '')
  }

  async #deploy(source: string): Promise<void> {
    const path = `/v1/offhook/organizations/${this.organization}/agents/desk/deploy`
    const files = [{ path: 'bot.mjs', content: Buffer.from(source).toString('base64') }]
    await this.#ask('POST', path, { source: { type: 'module', entry: 'bot.mjs' }, files })
    const service = `/v1/organizations/${this.organization}/services/desk`
    await expect.poll(() => this.#ask('GET', service), patience).toMatchObject({ body: { ready: true } })
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    return (await fetch(`${this.url}${path}`, { method, headers, ...sent })).json()
  }
}

/** Stores for tests, on both databases. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { messageOf } from '../../src/lib/errors.ts'
import { ManualClock } from '../../src/lib/manual-clock.ts'
import { openStore, type Store, type StoreLocation, type StoreOptions } from '../../src/store/store.ts'
import { CollectedLog } from './collected-log.ts'
import { TestPostgres } from './postgres.ts'

/** One for each test file. Outside CI, a machine that cannot run it does without. */
const postgres = await startPostgres()
afterAll(async () => postgres?.[Symbol.asyncDispose]())

export const hasPostgres = postgres !== undefined

async function startPostgres(): Promise<TestPostgres | undefined> {
  try {
    return await TestPostgres.start()
  } catch (error) {
    if (process.env['CI']) throw error
    process.stderr.write(`Tests on PostgreSQL are left out. ${messageOf(error)}\n`)
    return undefined
  }
}

/** A place for a store, which can be opened more than once. Dispose it to close what was opened there. */
export class StorePlace implements AsyncDisposable {
  readonly location: StoreLocation
  readonly clock = new ManualClock()
  readonly log = new CollectedLog()
  readonly #opened: Store[] = []

  private constructor(folder: string, databaseUrl: string | undefined) {
    const { clock, log } = this
    this.location = { folder, clock, log, ...(databaseUrl !== undefined && { databaseUrl }) }
  }

  static async create(kind: DatabaseKind): Promise<StorePlace> {
    const databaseUrl = kind === 'PostgreSQL' ? await postgres?.createDatabase() : undefined
    return new StorePlace(await mkdtemp(join(tmpdir(), 'offhook-store-')), databaseUrl)
  }

  async open(options: Partial<StoreOptions> = {}): Promise<Store> {
    const store = await openStore({ ...this.location, ...options })
    this.#opened.push(store)
    return store
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#opened) await store[Symbol.asyncDispose]()
    await rm(this.location.folder, { recursive: true, force: true })
  }
}

export type DatabaseKind = 'SQLite' | 'PostgreSQL'

/** Runs the tests on both databases. */
export function describeStores(tests: (kind: DatabaseKind) => void): void {
  describe('on SQLite', () => tests('SQLite'))
  describe.skipIf(!postgres)('on PostgreSQL', () => tests('PostgreSQL'))
}

/** An organization with an agent and its first version. */
export async function createFrontDesk(store: Store) {
  const { id: organizationId } = await store.organizations.create({ verboseName: 'Default Workspace' })
  const version = { spec: { source: { type: 'image', image: 'repo/desk:1' }, webSocketAuth: 'token' } } as const
  const agent = await store.agents.create(organizationId, { name: 'front-desk', region: 'local', version })
  return { organizationId, agentId: agent.id, versionId: agent.desiredVersionId ?? '' }
}

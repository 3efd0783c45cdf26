import { mkdir } from 'node:fs/promises'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { Agents } from './agents.ts'
import { Audit } from './audit.ts'
import { backUp } from './backup/back-up.ts'
import { restore } from './backup/restore.ts'
import { Builds } from './builds.ts'
import { Calls } from './calls.ts'
import type { Context, Limits } from './context.ts'
import { type Databases, openPostgres, openSqlite, sqlitePath } from './databases.ts'
import { Events } from './events.ts'
import { Invitations } from './invitations.ts'
import { Keys } from './keys.ts'
import { Logins } from './logins.ts'
import { Logs } from './logs.ts'
import { migrate } from './migrate.ts'
import { Organizations } from './organizations.ts'
import { PlivoAccounts } from './plivo-accounts.ts'
import { Placements } from './placements.ts'
import { Properties } from './properties.ts'
import { Pruner } from './pruner.ts'
import { Recordings } from './recordings.ts'
import { Messages } from './messages.ts'
import { recover } from './recover.ts'
import { type NewRegion, Regions } from './regions.ts'
import { defaultRetention, type Retention } from './retention.ts'
import { Secrets } from './secrets.ts'
import { Vault } from './secrets/vault.ts'
import { Sessions } from './sessions.ts'
import { explainSqlite } from './sqlite/explain-sqlite.ts'
import { Strongbox } from './strongbox.ts'
import { Tokens } from './tokens.ts'
import { Uploads } from './uploads.ts'
import { Users } from './users.ts'
import { Versions } from './versions.ts'
import { WebhookDeliveries } from './webhooks/webhook-deliveries.ts'
import { WebhookEndpoints } from './webhooks/webhook-endpoints.ts'

export interface StoreLocation {
  /** `postgres://…`; SQLite in the folder without. */
  readonly databaseUrl?: string
  /** Where SQLite's file is, and the key for secrets when none is given. Made when it is not there. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}

export interface StoreOptions extends StoreLocation {
  /**
   * `OFFHOOK_SECRET_KEY`: keys of 32 bytes, in hexadecimal or base64, separated by commas, the current one first: what was
   * sealed with the others is sealed again with it. Without, a file `secret.key` in the folder, made at first start.
   */
  readonly secretKey?: string
  /** Made at first start. */
  readonly region?: NewRegion
  /** What is not said keeps its default. */
  readonly retention?: Partial<Retention>
  /** What is not said keeps its default: a gigabyte of files, 100 instances. */
  readonly limits?: Partial<Limits>
}

const defaultLimits: Limits = { maxFileBytes: 1024 ** 3, maxWarmInstances: 100 }
const firstRegion: NewRegion = { code: 'local', displayName: 'Local' }

/** Everything that outlives a node. All that belongs to an organization takes the organization's id first. */
export interface Store extends AsyncDisposable {
  readonly organizations: Organizations
  readonly users: Users
  readonly tokens: Tokens
  readonly logins: Logins
  readonly invitations: Invitations
  readonly keys: Keys
  readonly agents: Agents
  readonly versions: Versions
  readonly secrets: Secrets
  readonly strongbox: Strongbox
  readonly plivoAccounts: PlivoAccounts
  readonly properties: Properties
  readonly regions: Regions
  readonly calls: Calls
  readonly sessions: Sessions
  readonly events: Events
  readonly logs: Logs
  readonly recordings: Recordings
  readonly messages: Messages
  readonly audit: Audit
  readonly builds: Builds
  readonly uploads: Uploads
  readonly placements: Placements
  readonly webhooks: WebhookEndpoints
  readonly deliveries: WebhookDeliveries
  /** Closes the sessions that a node had open when it went away; gives their number. Call it before the node takes calls. */
  recover(nodeId: string): Promise<number>
  /** Deletes what is older than the retention says; gives how much. It also happens by itself. */
  prune(): Promise<number>
  /** Writes everything into a new file, from which `restoreStore` makes a database of either kind. */
  backUp(path: string): Promise<void>
}

/**
 * Opens the database and brings its tables up to date. Throws `StoreError`: `wrong-secret-key` when it has secrets that our
 * key does not open, `newer-database` when a newer Offhook has used it, `unusable` for SQLite's file when it cannot be read or
 * written, `invalid` for a wrong setting.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, clock, log, region = firstRegion, retention } = options
  await mkdir(folder, { recursive: true })
  await using opened = new AsyncDisposableStack()
  const databases = opened.use(await openDatabases(options))
  await migrate({ databases, clock, log }).catch((error: unknown) => {
    throw databases.kind === 'sqlite' ? explainSqlite(sqlitePath(folder), error) : error
  })
  const vault = await Vault.open(options, databases.main)
  const resealed = await vault.reseal(databases.main)
  if (resealed > 0) log.info({ values: resealed }, 'secrets are sealed with the current key: those before it can go')
  const context: Context = { databases, clock, log, limits: { ...defaultLimits, ...options.limits } }
  const regions = new Regions(context)
  await regions.ensureOne(region)
  const logs = opened.adopt(new Logs(context), (logs) => logs.close())
  const events = opened.adopt(new Events(context), (events) => events.close())
  const pruner = opened.use(new Pruner(context, { ...defaultRetention, ...retention }))
  const strongbox = new Strongbox(context, vault)
  const parts = opened.move()
  return {
    organizations: new Organizations(context),
    users: new Users(context),
    tokens: new Tokens(context),
    logins: new Logins(context),
    invitations: new Invitations(context),
    keys: new Keys(context, strongbox),
    agents: new Agents(context),
    versions: new Versions(context),
    secrets: new Secrets(context, vault),
    strongbox,
    plivoAccounts: new PlivoAccounts(context, vault),
    properties: new Properties(context),
    regions,
    calls: new Calls(context),
    sessions: new Sessions(context),
    events,
    logs,
    recordings: new Recordings(context),
    messages: new Messages(context),
    audit: new Audit(context),
    builds: new Builds(context),
    uploads: new Uploads(context),
    placements: new Placements(context),
    webhooks: new WebhookEndpoints(context, strongbox),
    deliveries: new WebhookDeliveries(context),
    recover: (nodeId) => recover(context, nodeId),
    prune: () => pruner.prune(),
    backUp: (path) => backUp(databases, clock, path),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** Fills an empty database from what `Store.backUp` wrote. See `restore` for what it throws. */
export async function restoreStore(location: StoreLocation, path: string): Promise<void> {
  const { folder, clock, log } = location
  await mkdir(folder, { recursive: true })
  await using databases = await openDatabases(location)
  await restore({ databases, clock, log }, path)
}

const openDatabases = async ({ databaseUrl, folder, log }: StoreLocation): Promise<Databases> =>
  databaseUrl === undefined ? openSqlite(folder) : openPostgres(databaseUrl, log)

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type ControlOptions, createControlApp } from '../control/control-app.ts'
import { defined } from '../control/defined.ts'
import { StartTokens } from '../control/start-tokens.ts'
import { systemClock } from '../lib/clock.ts'
import { Containers, type ContainersOptions } from '../runtime/containers/containers.ts'
import { Server, type ServerOptions } from '../server.ts'
import { allWatchers } from '../sessions/all-watchers.ts'
import { defaultRetention } from '../store/retention.ts'
import { openStore, type Store } from '../store/store.ts'
import { ImageBuilds, type ImageBuildsOptions, maxContextBytes } from './builds/image-builds.ts'
import { UploadShelf } from './builds/upload-shelf.ts'
import { AccountBook } from './account-book.ts'
import { AgentIds } from './agent-ids.ts'
import { CallKeeper } from './call-keeper.ts'
import { type FirstStart, firstStart } from './first-start.ts'
import { LiveEvents } from './live-events.ts'
import { metricsPage } from './metrics-page.ts'
import { NodeMetrics } from './node-metrics.ts'
import { OrderedWrites } from './ordered-writes.ts'
import { OverflowRecords } from './overflow-records.ts'
import { PatientWrites } from './patient-writes.ts'
import { Platform } from './platform.ts'
import { RecordingSweep } from './recording-sweep.ts'
import type { BotKind } from './version-code.ts'
import { SessionRecords } from './session-records.ts'
import { openTracing } from './tracing/open-tracing.ts'
import { WebhookWorker } from './webhooks/webhook-worker.ts'

export interface PlatformSettings extends Omit<
  ServerOptions,
  | 'containers'
  | 'watcher'
  | 'keptCalls'
  | 'onUsage'
  | 'onStart'
  | 'onDeath'
  | 'otherwise'
  | 'unsignedWebhooks'
  | 'accountOf'
> {
  readonly databaseUrl?: string | undefined
  readonly secretKey?: string | undefined
  /** Plivo's REST API, for organizations with an account of their own. Default: Plivo's own. */
  readonly plivoApiUrl?: string | undefined
  readonly region: string
  readonly nodeId: string
  /** Whoever knows it may read `/metrics`. Default: programs on this machine may. */
  readonly metricsToken?: string | undefined
  /** Sessions are traced, to where OpenTelemetry's environment variables say. Default: they are not. */
  readonly traces?: { readonly problem?: string } | undefined
  /** What may be run. Default: everything. */
  readonly bots?: readonly BotKind[]
  /** Where images run. Absent: nowhere. */
  readonly engine?: EngineSettings | undefined
  /** What the files of an organization's versions may take. Default: a gigabyte. */
  readonly maxFileBytes?: number
  /** Instances that the agents of an organization keep ready, together. Default 100. */
  readonly maxWarmInstances?: number
  /** What the bots of an organization may print in the long run. Default: 50 KB. */
  readonly logBytesPerSecond?: number
  /** Requests to the API, of each credential. */
  readonly apiRate?: ControlOptions['rate']
  /** Whether webhooks go to the internet only (the default), or anywhere. */
  readonly webhooks?: 'public' | 'any'
  /** Whole calls are recorded, in this format. Default: they are not. */
  readonly record?: 'off' | 'mp3' | 'wav'
  /** For how many days things are kept; what is not said keeps its default. */
  readonly keepDays?: KeepDays
}

interface EngineSettings extends Pick<ContainersOptions, 'address' | 'runtimeFolder' | 'network' | 'maxImageBytes'> {
  readonly buildTimeoutMs: number
}

type KeepDays = Readonly<Record<'logs' | 'sessions' | 'calls' | 'audit' | 'webhooks', number>>

/** A node with everything that outlives it: what `offhook serve` runs. */
export interface OpenPlatform extends AsyncDisposable {
  readonly server: Server
  readonly store: Store
  readonly platform: Platform
  /** Present once in the life of a database. */
  readonly first: FirstStart | undefined
  /** Base URL of the node as clients reach it. */
  readonly url: string
  /** Resolves when every agent has come up, or has failed to. */
  readonly started: Promise<void>
}

const allBots: readonly BotKind[] = ['modules', 'commands', 'images', 'urls']

/** Opens the store, listens, and begins to bring up what was deployed. */
export async function openPlatform(settings: PlatformSettings): Promise<OpenPlatform> {
  const { home, log, nodeId, apiRate: rate, bots = allBots, logBytesPerSecond = 50 * 1024, record = 'off' } = settings
  const privateWebhooks = settings.webhooks === 'any'
  await using parts = new AsyncDisposableStack()
  const store = parts.use(await openNodeStore(settings))
  const first = await firstStart(store)
  const containers = containersOf(settings, bots)

  parts.use(new WebhookWorker({ store, allowPrivate: privateWebhooks, clock: systemClock, log }))
  const accounts = parts.use(await openAccounts(settings, store))
  const ids = new AgentIds()
  const events = new LiveEvents()
  const patience = new PatientWrites({ clock: systemClock, log })
  const writes = new OrderedWrites({ patience, clock: systemClock, log })
  const about = { store, writes, ids, events, nodeId, clock: systemClock }
  const records = new SessionRecords({ ...about, logBytesPerSecond })
  const keptCalls = new CallKeeper({ store, ids, nodeId, patience, clock: systemClock, log })
  const metrics = new NodeMetrics()
  const page = { metrics, token: settings.metricsToken, behindProxy: settings.publicUrl !== undefined && !settings.tls }
  const tracing = settings.traces && (await openTracing({ ...settings.traces, nodeId, clock: systemClock, log }))
  if (tracing) parts.use(tracing)
  parts.defer(() => writes.settled())
  parts.defer(() => keptCalls.settled())
  parts.defer(() => patience.close())
  let started: Promise<void> | undefined
  // What is coming up has been ended by then, and writes that down.
  parts.defer(async () => {
    await Promise.allSettled([started])
  })
  const startTokens = startTokensOf(store)
  let control: ReturnType<typeof createControlApp> | undefined
  let builder: ImageBuilds | undefined
  const server = parts.use(
    await Server.start({
      ...settings,
      containers,
      unsignedWebhooks: 'refuse',
      startsAgents: true,
      accountOf: (organization) => accounts.find(organization),
      watcher: allWatchers([records, keptCalls, metrics, ...(tracing ? [tracing.watcher] : [])]),
      overflowWatcher: new OverflowRecords({ ...about, metrics }),
      keptCalls,
      onStart: (start) => metrics.onStart(start),
      onDeath: () => metrics.onDeath(),
      onUsage: (sample) => records.onUsage(sample),
      redeem: (token, serviceHost) => startTokens.redeem(token, serviceHost),
      otherwise: async (request, address) => {
        if (new URL(request.url).pathname === '/metrics') return metricsPage(request, address, page)
        const built = await builder?.receive(request)
        return built ?? control?.fetch(request, { address }) ?? new Response(null, { status: 503 })
      },
    }),
  )
  metrics.observe(server)
  const { url, recordings } = server
  parts.use(new RecordingSweep({ shelf: recordings, keptMs: keptRecordingsMs(settings), clock: systemClock, log }))
  const recorded = (sessionId: string) => writes.written(sessionId)
  const platform = new Platform({
    server,
    store,
    ids,
    events,
    home,
    bots,
    containers,
    recorded,
    ...(record !== 'off' && { recording: { format: record, channels: 'stereo' } }),
    clock: systemClock,
    log,
  })
  builder = containers && parts.use(buildsOf(settings, { store, containers, url }))
  control = createControlApp(
    controlOptions({ store, platform, builder, recordings, startTokens, url, rate, privateWebhooks, log }),
  )
  started = bringUp({ platform, server, containers, builder })
  parts.defer(() => platform.stop())
  const opened = parts.move()
  return { server, store, platform, first, url, started, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

async function openNodeStore(settings: PlatformSettings): Promise<Store> {
  const { home, log, databaseUrl, secretKey, region, nodeId, keepDays, maxFileBytes, maxWarmInstances } = settings
  const store = await openStore({
    folder: home,
    clock: systemClock,
    log,
    region: { code: region, displayName: region },
    limits: defined({ maxFileBytes, maxWarmInstances }),
    ...(keepDays && { retention: retentionOf(keepDays) }),
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(secretKey !== undefined && { secretKey }),
  })
  const closed = await store.recover(nodeId)
  if (closed > 0) log.warn({ sessions: closed }, 'sessions that were open when the node died are closed')
  return store
}

const openAccounts = ({ plivoApiUrl: baseUrl, log }: PlatformSettings, { plivoAccounts: accounts }: Store) =>
  AccountBook.open({ accounts, baseUrl, clock: systemClock, log })

interface Starting {
  readonly platform: Platform
  readonly server: Server
  readonly containers: Containers | undefined
  readonly builder: ImageBuilds | undefined
}

async function bringUp({ platform, server, containers, builder }: Starting): Promise<void> {
  try {
    await Promise.all([containers?.removeOrphans(), builder?.recover()])
    await platform.start()
  } finally {
    server.started()
  }
}

function containersOf({ engine, nodeId, home, log }: PlatformSettings, bots: readonly BotKind[]) {
  if (!engine || !bots.includes('images')) return undefined
  return new Containers({ ...engine, owner: { nodeId, home }, clock: systemClock, log })
}

function buildsOf(
  { engine, home, databaseUrl, log }: PlatformSettings,
  parts: Pick<ImageBuildsOptions, 'store' | 'containers' | 'url'>,
): ImageBuilds {
  return new ImageBuilds({
    ...parts,
    shelf: new UploadShelf({ folder: join(home, 'uploads'), maxBytes: maxContextBytes, clock: systemClock }),
    alone: databaseUrl === undefined,
    timeoutMs: engine?.buildTimeoutMs ?? 600_000,
    clock: systemClock,
    log,
  })
}

const dayMs = 86_400_000

const keptRecordingsMs = ({ keepDays }: PlatformSettings) =>
  keepDays ? keepDays.sessions * dayMs : defaultRetention.sessionsMs

const retentionOf = ({ logs, sessions, calls, audit, webhooks }: KeepDays) => ({
  logsMs: logs * dayMs,
  sessionsMs: sessions * dayMs,
  callsMs: calls * dayMs,
  auditMs: audit * dayMs,
  webhooksMs: webhooks * dayMs,
})

interface ControlPartsOptions extends Pick<
  ControlOptions,
  'log' | 'startTokens' | 'privateWebhooks' | 'builder' | 'recordings'
> {
  readonly store: Store
  readonly platform: Platform
  readonly url: string
  readonly rate: ControlOptions['rate']
}

function controlOptions({ platform: runtime, url, rate, ...options }: ControlPartsOptions): ControlOptions {
  return { ...options, runtime, publicUrl: () => url, browserLogin: true, clock: systemClock, ...(rate && { rate }) }
}

function startTokensOf(store: Store): StartTokens {
  return new StartTokens({
    clock: systemClock,
    // Good for five minutes: a node that starts anew need not know them.
    key: randomBytes(32),
    useOnce: async (name, nonce, expiresAt) => {
      const organization = await store.organizations.findByName(name)
      return organization !== undefined && store.placements.useOnce(organization.id, nonce, expiresAt)
    },
  })
}

import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { resolve } from 'node:path'

/** What the environment says. The only place that reads it. */
export interface Config {
  readonly port: number
  /** Interface to listen on. */
  readonly host: string
  /** Folder for what Offhook keeps: bundles, recordings, the address of the running node. Absolute. */
  readonly home: string
  /** The organization of agents that name none. */
  readonly organization: string
  readonly publicUrl: string | undefined
  /** Paths of files in PEM. Undefined: no TLS, or a proxy has it. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly trustedProxies: readonly string[]
  /** `postgres://…`; an embedded database under `home` without. */
  readonly databaseUrl: string | undefined
  /** Encrypts secrets; a file under `home` without. */
  readonly secretKey: string | undefined
  /** The region that this node is in, as its operator names it. */
  readonly region: string
  /** Tells nodes apart that share a database. */
  readonly nodeId: string
  /** Whether webhooks go to the internet only, or anywhere. */
  readonly webhooks: 'public' | 'any'
  /** For how many days things are kept. */
  readonly keepDays: {
    readonly logs: number
    readonly sessions: number
    readonly calls: number
    readonly audit: number
    readonly webhooks: number
  }
  /** Telephone numbers in the log of a node that serves. */
  readonly maskNumbers: boolean
  readonly plivoAuthId: string | undefined
  readonly plivoAuthToken: string | undefined
  /** Where Plivo's REST API is. Default: Plivo. */
  readonly plivoApiUrl: string | undefined
  /** Whole calls are recorded, in this format. */
  readonly record: 'off' | 'mp3' | 'wav'
  /** Undefined: as many as the node measures that it can take. */
  readonly maxCalls: number | undefined
  /** Of the places for calls, those kept for organizations that have less than their share. */
  readonly reservePercent: number
  /** Of an organization: files of its versions, in megabytes. */
  readonly maxFilesMb: number
  /** Of an organization: instances that its agents keep ready, together. */
  readonly maxWarmInstances: number
  /** Of an organization: what its bots may print in the long run. */
  readonly logKbPerSecond: number
  /** At the API, of each credential in the long run; five times as many at once. */
  readonly requestsPerSecond: number
  /** How long running calls may go on once a node that serves is told to stop. */
  readonly drainTimeoutMs: number
  readonly webSocketAuth: 'token' | 'none'
  readonly logLevel: LogLevel
  /** `text` for people, `json` for programs: one object a line. */
  readonly logFormat: 'text' | 'json'
  readonly sessionsPerInstance: number
  readonly warmInstances: number
  /** What deployed versions may be, on a node that serves. */
  readonly bots: readonly BotKind[]
  /** Folders in which the programs of commands are looked for. */
  readonly searchPath: string
  /** Whoever knows it may read `/metrics`; undefined: programs on this machine may. */
  readonly metricsToken: string | undefined
  /**
   * Undefined: sessions are not traced. Where to is said by more variables of OpenTelemetry's, which its packages read. Such
   * variables are often set for whole machines: what cannot be is a problem, and no reason not to start.
   */
  readonly traces: { readonly problem?: string } | undefined
  /** How long an instance that nobody needs any more is kept. */
  readonly cooldownMs: number
  readonly engine: EngineConfig
  /** Variables that look like settings and are none: mostly they are misspelt. */
  readonly unknown: readonly string[]
}

/** The container engine, for images. */
interface EngineConfig {
  /** Default: where Docker and Podman usually listen. */
  readonly address: string | undefined
  /** The user's folder for sockets. */
  readonly runtimeFolder: string | undefined
  /** `auto`, `host`, or the name of a network. */
  readonly network: string
  readonly maxImageBytes: number
  readonly buildTimeoutMs: number
}

const logLevels = ['debug', 'info', 'warn', 'error'] as const
type LogLevel = (typeof logLevels)[number]

const botKinds = ['modules', 'commands', 'images', 'urls'] as const
type BotKind = (typeof botKinds)[number]

/** Settings of the command line, which reads them itself. */
const clientSettings = ['OFFHOOK_URL', 'OFFHOOK_TOKEN', 'OFFHOOK_ORGANIZATION', 'OFFHOOK_CREDENTIALS']

type Environment = Readonly<Record<string, string | undefined>>

/** A setting that cannot be used. The message names it and says what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Throws a `ConfigError` that names the variable and the fix. Empty variables count as unset. */
export function readConfig(environment: Environment): Config {
  const known = new Set(clientSettings)
  const text = (name: string) => {
    known.add(name)
    return environment[name] || undefined
  }
  const whole = (name: string, fallback: number, min: number, max: number) => {
    const value = text(name)
    const number = value === undefined ? fallback : Number(value)
    if (Number.isInteger(number) && number >= min && number <= max) return number
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, got "${value}"`)
  }
  const choice = <T extends string>(name: string, choices: readonly T[], fallback: T): T => {
    const value = text(name) ?? fallback
    const found = choices.find((one) => one === value)
    if (found !== undefined) return found
    throw new ConfigError(`${name} must be one of ${choices.join(', ')}, got "${value}"`)
  }
  return {
    port: whole('PORT', 7860, 0, 65_535),
    host: text('OFFHOOK_HOST') ?? '127.0.0.1',
    home: resolve(text('OFFHOOK_HOME') ?? '.offhook'),
    organization: readName('OFFHOOK_ORG', text('OFFHOOK_ORG') ?? 'local'),
    publicUrl: readBaseUrl('OFFHOOK_PUBLIC_URL', text('OFFHOOK_PUBLIC_URL')),
    tls: readTls(text('OFFHOOK_TLS_CERT'), text('OFFHOOK_TLS_KEY')),
    trustedProxies: readNetworks(text('OFFHOOK_TRUSTED_PROXIES') ?? '127.0.0.0/8,::1'),
    databaseUrl: text('DATABASE_URL'),
    secretKey: text('OFFHOOK_SECRET_KEY'),
    region: readName('OFFHOOK_REGION', text('OFFHOOK_REGION') ?? 'local'),
    nodeId: text('OFFHOOK_NODE_ID') ?? hostname(),
    webhooks: choice('OFFHOOK_WEBHOOKS', ['public', 'any'], 'public'),
    keepDays: {
      logs: whole('OFFHOOK_KEEP_LOGS_DAYS', 30, 1, 36_500),
      sessions: whole('OFFHOOK_KEEP_SESSIONS_DAYS', 365, 1, 36_500),
      calls: whole('OFFHOOK_KEEP_CALLS_DAYS', 365, 1, 36_500),
      audit: whole('OFFHOOK_KEEP_AUDIT_DAYS', 365, 1, 36_500),
      webhooks: whole('OFFHOOK_KEEP_WEBHOOKS_DAYS', 90, 1, 36_500),
    },
    maskNumbers: choice('OFFHOOK_MASK_NUMBERS', ['on', 'off'], 'on') === 'on',
    plivoAuthId: text('PLIVO_AUTH_ID'),
    plivoAuthToken: text('PLIVO_AUTH_TOKEN'),
    plivoApiUrl: readBaseUrl('PLIVO_API_URL', text('PLIVO_API_URL')),
    record: choice('OFFHOOK_RECORD', ['off', 'mp3', 'wav'], 'off'),
    maxCalls: text('OFFHOOK_MAX_CALLS') === undefined ? undefined : whole('OFFHOOK_MAX_CALLS', 50, 1, 100_000),
    reservePercent: whole('OFFHOOK_RESERVE_PERCENT', 10, 0, 50),
    maxFilesMb: whole('OFFHOOK_MAX_FILES_MB', 1024, 1, 1_000_000),
    maxWarmInstances: whole('OFFHOOK_MAX_WARM_INSTANCES', 100, 0, 100_000),
    logKbPerSecond: whole('OFFHOOK_LOG_KB_PER_SECOND', 50, 1, 1_000_000),
    requestsPerSecond: whole('OFFHOOK_REQUESTS_PER_SECOND', 20, 1, 1_000_000),
    drainTimeoutMs: whole('OFFHOOK_DRAIN_TIMEOUT', 7200, 0, 86_400) * 1000,
    webSocketAuth: choice('OFFHOOK_WEBSOCKET_AUTH', ['token', 'none'], 'token'),
    logFormat: choice('OFFHOOK_LOG_FORMAT', ['text', 'json'], 'text'),
    logLevel: choice('OFFHOOK_LOG_LEVEL', logLevels, 'info'),
    sessionsPerInstance: whole('OFFHOOK_SESSIONS_PER_INSTANCE', 1, 1, 10_000),
    warmInstances: whole('OFFHOOK_WARM_INSTANCES', 1, 0, 1000),
    bots: readBots(text('OFFHOOK_BOTS')),
    searchPath: text('PATH') ?? '/usr/local/bin:/usr/bin:/bin',
    metricsToken: text('OFFHOOK_METRICS_TOKEN'),
    traces: readTraces(text),
    cooldownMs: whole('OFFHOOK_COOLDOWN_SECONDS', 300, 0, 86_400) * 1000,
    engine: {
      address: text('DOCKER_HOST'),
      runtimeFolder: text('XDG_RUNTIME_DIR'),
      network: text('OFFHOOK_CONTAINER_NETWORK') ?? 'auto',
      maxImageBytes: whole('OFFHOOK_MAX_IMAGE_MB', 10_240, 1, 1_000_000) * 1024 ** 2,
      buildTimeoutMs: whole('OFFHOOK_BUILD_MINUTES', 10, 1, 1440) * 60_000,
    },
    // The last of all: by now every setting has been read.
    unknown: Object.keys(environment).filter((name) => name.startsWith('OFFHOOK_') && !known.has(name)),
  }
}

function readBots(value: string | undefined): readonly BotKind[] {
  if (value === undefined) return botKinds
  return value.split(',').map((word) => {
    const kind = botKinds.find((one) => one === word.trim())
    if (kind !== undefined) return kind
    throw new ConfigError(`OFFHOOK_BOTS takes some of ${botKinds.join(',')}, got "${value}"`)
  })
}

/** As OpenTelemetry has it, but for its default: without an endpoint there is nobody to tell. */
function readTraces(text: (name: string) => string | undefined): Config['traces'] {
  const endpoint = text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? text('OTEL_EXPORTER_OTLP_ENDPOINT')
  const isOff = text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || text('OTEL_TRACES_EXPORTER') === 'none'
  if (endpoint === undefined || isOff) return undefined
  const protocol = text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? text('OTEL_EXPORTER_OTLP_PROTOCOL')
  if (protocol === 'grpc')
    return { problem: 'OTEL_EXPORTER_OTLP_PROTOCOL must be http/json or http/protobuf, got "grpc"' }
  const isUrl = URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)
  return isUrl ? {} : { problem: `OTEL_EXPORTER_OTLP_ENDPOINT must be like http://127.0.0.1:4318, got "${endpoint}"` }
}

/** Names stand in service hosts and URLs, joined with a dot. */
function readName(variable: string, value: string): string {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value)) return value
  throw new ConfigError(`${variable} must be lower-case letters, digits and "-", got "${value}"`)
}

function readBaseUrl(variable: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) && !/[?#]/.test(value))
    return value.replace(/\/+$/, '')
  throw new ConfigError(`${variable} must be like https://voice.example.com, got "${value}"`)
}

function readTls(cert: string | undefined, key: string | undefined): Config['tls'] {
  if (cert !== undefined && key !== undefined) return { cert: resolve(cert), key: resolve(key) }
  if (cert === undefined && key === undefined) return undefined
  const missing = cert === undefined ? 'OFFHOOK_TLS_CERT' : 'OFFHOOK_TLS_KEY'
  throw new ConfigError(`${missing} is missing: OFFHOOK_TLS_CERT and OFFHOOK_TLS_KEY name two files in PEM`)
}

function readNetworks(value: string): readonly string[] {
  const networks = value.split(',').map((network) => network.trim())
  for (const network of networks) {
    const [address = '', prefix = '0', ...rest] = network.split('/')
    const bits = isIP(address) === 6 ? 128 : 32
    const good = isIP(address) !== 0 && rest.length === 0 && /^\d+$/.test(prefix) && Number(prefix) <= bits
    if (!good)
      throw new ConfigError(`OFFHOOK_TRUSTED_PROXIES takes addresses and networks like 10.0.0.0/8, got "${network}"`)
  }
  return networks
}

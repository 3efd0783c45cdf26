/** Nodes in the test's own process, with real bots behind them. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, vi } from 'vitest'
import { mulaw8k } from '../../src/audio/format.ts'
import { Gateway } from '../../src/gateway/gateway.ts'
import type { ManualClock } from '../../src/lib/manual-clock.ts'
import { bundleBot } from '../../src/runtime/bundle.ts'
import { startHostInstance } from '../../src/runtime/sdk-bots/host-instance.ts'
import { Pool } from '../../src/runtime/pool/pool.ts'
import type { BotCode } from '../../src/runtime/bot-code.ts'
import { StartGate } from '../../src/runtime/pool/start-gate.ts'
import { type AgentSettings, Server, type ServerOptions } from '../../src/server.ts'
import type { Agent } from '../../src/sessions/agent.ts'
import { serviceHost } from '../../src/sessions/agent.ts'
import { CallRegistry } from '../../src/sessions/call-registry.ts'
import { CollectedLog } from './collected-log.ts'
import { patience } from './patience.ts'

/** Says back what it hears; `#` makes it return, `*` makes it hang up. */
export const echoBot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    for await (const event of call) {
      if (event.type === 'audio') call.write(event.audio)
      if (event.type === 'dtmf' && event.digit === '#') return
      if (event.type === 'dtmf' && event.digit === '*') call.hangUp()
    }
  })`

type TestAgent = Partial<Omit<AgentSettings, 'name' | 'code'>> & {
  readonly name: string
  readonly bot?: string
  /** Path of the bot, in place of its source. */
  readonly file?: string
  readonly url?: string
  /** A server bot that the node starts: program and arguments. */
  readonly command?: readonly string[]
}

export interface NodeOptions {
  /** Source of the bot of agent `bot`, when no agents are given. Default `echoBot`. */
  readonly bot?: string
  readonly agents?: readonly TestAgent[]
  readonly server?: Partial<ServerOptions>
  /** Do not wait for the bots: they will not come. */
  readonly unready?: boolean
  /** Start no bot before a call needs one. */
  readonly cold?: boolean
}

const organization = 'acme'

/** A node with what tests look at. */
export interface TestNode extends AsyncDisposable {
  readonly calls: CallRegistry
  readonly log: CollectedLog
  readonly port: number
  readonly home: string
  /** `http://127.0.0.1:1234`. */
  readonly url: string
  /** Where the carrier asks for XML. */
  answerUrl(agent?: string): string
  /** Where a stream without a ticket goes. */
  streamUrl(agent?: string): string
  pool(agent?: string): Pool
}

/** A node as `offhook` runs it. Disposing it leaves nothing. */
export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const home = await mkdtemp(join(tmpdir(), 'offhook-node-'))
  const log = new CollectedLog()
  const server = await Server.start({
    port: 0,
    host: '127.0.0.1',
    home,
    plivoAuthTokens: [],
    unsignedWebhooks: 'warn',
    // Tests share their machine: what it measures of itself is no reason to refuse a call.
    maxCalls: 50,
    log,
    ...options.server,
  })
  const pools = new Map<string, Pool>()
  for (const { bot, file, url, command, ...agent } of agentsOf(options)) {
    const code: BotCode = command
      ? { kind: 'command', command, workingDirectory: home }
      : url === undefined
        ? await bundled(home, agent.name, bot, file)
        : { kind: 'url', url }
    const warm = options.cold ? { warmInstances: 0 } : {}
    pools.set(agent.name, server.deploy({ organization, ...warm, ...agent, code }).pool)
  }
  if (!options.unready && !options.cold) await ready(pools)
  return testNode({ calls: server.calls, log, port: server.port, home, pools }, async () => {
    await server[Symbol.asyncDispose]()
    await rm(home, { recursive: true, force: true })
  })
}

/** One node for all tests of a `describe` that leave it as it was. */
export function sharedNode(options: NodeOptions = {}): () => TestNode {
  let node: TestNode | undefined
  beforeAll(async () => {
    node = await startNode(options)
  })
  afterAll(async () => {
    await node?.[Symbol.asyncDispose]()
  })
  return () => {
    if (!node) throw new Error('the node was not started')
    return node
  }
}

/** A node of the same parts, whose time stands still until the test moves it. Its bots are real processes. */
export async function startNodeOn(clock: ManualClock, options: NodeOptions = {}): Promise<TestNode> {
  const home = await mkdtemp(join(tmpdir(), 'offhook-node-'))
  const log = new CollectedLog()
  const limits = { ringingMs: 60_000, waitingMs: 30_000, leavingMs: 60_000 }
  const calls = new CallRegistry({ maxCalls: 50, limits, clock, log })
  const agents = new Map<string, Agent>()
  const pools = new Map<string, Pool>()
  for (const { name, bot, maxSessions, policy, ...more } of agentsOf(options)) {
    const { webSocketAuth = 'token', sessionsPerInstance = 1 } = more
    const { path, workingDirectory } = await bundled(home, name, bot)
    const process = { bundle: path, workingDirectory, environment: {} }
    const host = { process, home, sessionsPerInstance, startTimeoutMs: 30_000, lingerMs: 10_000, clock, log }
    const pool = new Pool({
      startInstance: (listener, signal) => startHostInstance(host, listener, signal),
      sessionsPerInstance,
      warmInstances: 1,
      maxInstances: 51,
      bufferShare: 0.5,
      cooldownMs: 5000,
      gate: new StartGate({ limit: 2 }),
      clock,
      log,
    })
    pools.set(name, pool)
    agents.set(serviceHost({ organization, name }), {
      organization,
      name,
      webSocketAuth,
      audio: mulaw8k,
      maxSessions,
      policy,
      pool,
    })
  }
  const gateway = new Gateway({
    trustedProxies: [],
    plivoAuthTokens: [],
    unsignedWebhooks: 'warn',
    ...options.server,
    agents: {
      find: (organization, name) => agents.get(serviceHost({ organization, name })),
      list: () => [...agents.keys()],
    },
    calls,
    clock,
    log,
  })
  const http = createServer()
  gateway.attach(http)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  if (!options.unready) await ready(pools)
  return testNode({ calls, log, port: (http.address() as AddressInfo).port, home, pools }, async () => {
    await calls[Symbol.asyncDispose]()
    const pooled = Promise.all([...pools.values()].map((pool) => pool[Symbol.asyncDispose]()))
    await passTime(clock, Promise.all([pooled, gateway[Symbol.asyncDispose]()]))
    http.close()
    http.closeAllConnections()
    await once(http, 'close')
    await rm(home, { recursive: true, force: true })
  })
}

const agentsOf = ({ agents, bot }: NodeOptions): readonly TestAgent[] =>
  agents ?? [{ name: 'bot', ...(bot !== undefined && { bot }) }]

async function bundled(home: string, name: string, source = echoBot, given?: string) {
  const file = given === undefined ? join(home, `${name}.ts`) : resolve(given)
  if (given === undefined) await writeFile(file, source)
  const { path } = await bundleBot(file, join(home, `${name}.mjs`))
  return { kind: 'bundle', path, workingDirectory: dirname(file) } as const
}

/** Also in a `beforeAll`, where `expect.poll` does not work. */
const ready = (pools: ReadonlyMap<string, Pool>) =>
  vi.waitFor(() => {
    if ([...pools.values()].some(({ status }) => status.free === 0)) throw new Error('no bot is ready')
  }, patience)

/** Lets time pass until `done`: some things wait for it before they use force. */
async function passTime(clock: ManualClock, done: Promise<unknown>): Promise<void> {
  const passing = setInterval(() => clock.advance(100), 5)
  await done.finally(() => clearInterval(passing))
}

interface Parts {
  readonly calls: CallRegistry
  readonly log: CollectedLog
  readonly port: number
  readonly home: string
  readonly pools: ReadonlyMap<string, Pool>
}

function testNode({ pools, ...parts }: Parts, dispose: () => Promise<void>): TestNode {
  const url = `http://127.0.0.1:${parts.port}`
  return {
    ...parts,
    url,
    answerUrl: (agent = 'bot') => `${url}/plivo-xml?agent=${agent}&org=${organization}`,
    streamUrl: (agent = 'bot') => `${url.replace('http', 'ws')}/ws/plivo?serviceHost=${agent}.${organization}`,
    pool: (agent = 'bot') => {
      const pool = pools.get(agent)
      if (!pool) throw new Error(`there is no agent ${agent}`)
      return pool
    },
    [Symbol.asyncDispose]: dispose,
  }
}

/** The process under test: what `offhook serve` runs, but for its log, of which only errors are kept. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { type OpenPlatform, openPlatform } from '../../src/platform/open-platform.ts'
import { agent, plivoAuthToken } from '../generator/agent.ts'
import { Complaints } from '../processes/complaints.ts'
import { serveTasks } from '../processes/tasks.ts'
import { fillStore } from '../store/fill.ts'

const complaints = new Complaints()
let node: OpenPlatform | undefined
let serving: Serving | undefined
let code = ''
let scaling = { minAgents: 0, maxAgents: 0 }

interface StartOptions {
  readonly home: string
  readonly bundle: string
  /** Of the past. */
  readonly sessions: number
  /** Default 20. */
  readonly warmInstances?: number
  /** Default 100. */
  readonly maxCalls?: number
}

export interface Serving {
  readonly port: number
  readonly organization: string
  readonly token: string
  /** A public key. */
  readonly key: string
}

const tasks = {
  /** Opens a node with a new database of so many sessions, and deploys an echo. */
  async start({ home, bundle, sessions, warmInstances = 20, maxCalls = 100 }: StartOptions): Promise<Serving> {
    node = await openPlatform({
      port: 0,
      host: '127.0.0.1',
      home,
      plivoAuthTokens: [plivoAuthToken],
      region: 'local',
      nodeId: 'bench',
      maxCalls,
      // One program asks for everybody.
      apiRate: { burst: 100_000, perSecond: 100_000 },
      log: pino({ level: 'info' }, complaints),
    })
    const { store, platform, server, first } = node
    if (!first) throw new Error('the database is not new')
    const organization = await store.organizations.findByName(first.organization)
    if (!organization) throw new Error('there is no organization')
    const { key } = await store.keys.create(organization.id, { type: 'public', name: 'bench' })
    serving = { port: server.port, organization: first.organization, token: first.token, key }
    scaling = { minAgents: warmInstances, maxAgents: maxCalls }
    code = await readFile(bundle, 'utf8')
    await deploy(code)
    await platform.settled()
    const agents = await store.agents.list(organization.id, {})
    const agentIds = agents.map(({ id }) => id)
    fillStore({ file: join(home, 'store.sqlite'), organizationId: organization.id, agentIds, sessions })
    return serving
  },

  /** A new version of the echo, which does the same. Resolves once it serves. */
  async deploy({ number }: { readonly number: number }): Promise<void> {
    await deploy(`${code}\n// ${number}\n`)
    await node?.platform.settled()
  },

  async rollBack(): Promise<void> {
    await ask('rollback', {})
    await node?.platform.settled()
  },

  /** Deletes what is too old to be kept. Returns how much. */
  prune: (): Promise<number> | number => node?.store.prune() ?? 0,

  complaints: (): readonly string[] => complaints.sentences,
}

function deploy(source: string): Promise<void> {
  return ask('deploy', {
    source: { type: 'module', entry: 'bot.mjs' },
    files: [{ path: 'bot.mjs', content: Buffer.from(source).toString('base64') }],
    autoScaling: scaling,
  })
}

async function ask(action: string, body: unknown): Promise<void> {
  if (!serving) throw new Error('the node is not open')
  const { port, organization, token } = serving
  const path = `/v1/offhook/organizations/${organization}/agents/${agent.name}/${action}`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`)
}

export type NodeTasks = typeof tasks

serveTasks(tasks, async () => {
  await node?.[Symbol.asyncDispose]()
})

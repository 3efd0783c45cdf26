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

interface StartOptions {
  readonly home: string
  readonly bundle: string
  /** Of the past. */
  readonly sessions: number
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
  async start({ home, bundle, sessions }: StartOptions): Promise<Serving> {
    node = await openPlatform({
      port: 0,
      host: '127.0.0.1',
      home,
      plivoAuthTokens: [plivoAuthToken],
      region: 'local',
      nodeId: 'bench',
      maxCalls: 100,
      // One program asks for everybody.
      apiRate: { burst: 100_000, perSecond: 100_000 },
      log: pino({ level: 'info' }, complaints),
    })
    const { store, platform, server, first } = node
    if (!first) throw new Error('the database is not new')
    const organization = await store.organizations.findByName(first.organization)
    if (!organization) throw new Error('there is no organization')
    const { key } = await store.keys.create(organization.id, { type: 'public', name: 'bench' })
    const serving = { port: server.port, organization: first.organization, token: first.token, key }
    await deploy(serving, await readFile(bundle))
    await platform.settled()
    const agents = await store.agents.list(organization.id, {})
    const agentIds = agents.map(({ id }) => id)
    fillStore({ file: join(home, 'store.sqlite'), organizationId: organization.id, agentIds, sessions })
    return serving
  },

  /** Deletes what is too old to be kept. Returns how much. */
  prune: (): Promise<number> | number => node?.store.prune() ?? 0,

  complaints: (): readonly string[] => complaints.sentences,
}

async function deploy({ port, organization, token }: Omit<Serving, 'key'>, content: Buffer): Promise<void> {
  const path = `/v1/offhook/organizations/${organization}/agents/${agent.name}/deploy`
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      source: { type: 'module', entry: 'bot.mjs' },
      files: [{ path: 'bot.mjs', content: content.toString('base64') }],
      autoScaling: { minAgents: 20, maxAgents: 50 },
    }),
  })
  if (!answer.ok) throw new Error(`the echo was not deployed: ${await answer.text()}`)
}

export type NodeTasks = typeof tasks

serveTasks(tasks, async () => {
  await node?.[Symbol.asyncDispose]()
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenPlatform, openPlatform, type PlatformSettings } from '../../src/platform/open-platform.ts'
import { dial, type CallerAction } from '../../src/simulator/index.ts'
import { bundledFiles } from './bundled-files.ts'
import { CollectedLog } from './collected-log.ts'

const plivoToken = 'the-token-of-the-account'

export interface TestPlatform extends AsyncDisposable {
  readonly open: OpenPlatform
  readonly log: CollectedLog
  readonly home: string
  readonly organization: string
  /** As the owner, with JSON. */
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>
  /** Deploys a bot's source and waits until it runs or has failed. Returns the agent's details. */
  deploy(name: string, source: string, more?: Record<string, unknown>): Promise<Record<string, unknown>>
  /** The same with whatever the request says. */
  deployAs(name: string, request: Record<string, unknown>): Promise<Record<string, unknown>>
  call(agent: string, caller?: readonly CallerAction[]): ReturnType<typeof dial>
}

/** What `offhook serve` runs, in the test's own process. With a `home` it goes on with what is there. */
export async function startPlatform(
  before?: TestPlatform,
  settings: Partial<PlatformSettings> = {},
): Promise<TestPlatform> {
  const home = before?.home ?? (await mkdtemp(join(tmpdir(), 'offhook-platform-')))
  const log = new CollectedLog()
  const open = await openPlatform({
    port: 0,
    host: '127.0.0.1',
    home,
    plivoAuthTokens: [plivoToken],
    webhooks: 'any',
    region: 'local',
    nodeId: 'node-1',
    maskNumbers: true,
    // Tests share their machine.
    maxCalls: 50,
    log,
    ...settings,
  })
  await open.started
  const organization = before?.organization ?? open.first?.organization ?? ''
  const token = open.first?.token ?? tokens.get(home) ?? ''
  tokens.set(home, token)
  const base = `http://127.0.0.1:${open.server.port}`

  const ask: TestPlatform['ask'] = async (method, path, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${base}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const deployAs: TestPlatform['deployAs'] = async (name, request) => {
    const deployed = await ask('POST', `/v1/offhook/organizations/${organization}/agents/${name}/deploy`, request)
    if (deployed.status !== 200) return deployed.body
    await open.platform.settled()
    const { body } = await ask('GET', `/v1/organizations/${organization}/services/${name}`)
    return body['body'] as Record<string, unknown>
  }
  return {
    open,
    log,
    home,
    organization,
    ask,
    deployAs,
    async deploy(name, source, more = {}) {
      const files = await bundledFiles(home, name, source)
      return deployAs(name, { source: { type: 'module', entry: 'bot.mjs' }, files, ...more })
    },
    call: (agent, caller = []) =>
      dial({
        answerUrl: `${base}/plivo-xml?agent=${agent}&org=${organization}`,
        hangupUrl: `${base}/plivo/hangup`,
        authTokens: [plivoToken],
        caller,
        maxDurationMs: 20_000,
      }),
    async [Symbol.asyncDispose]() {
      await open[Symbol.asyncDispose]()
    },
  }
}

/** Owners' tokens are shown once. */
const tokens = new Map<string, string>()

export const removeHome = ({ home }: TestPlatform): Promise<void> => rm(home, { recursive: true, force: true })

/** Runs and leaves nothing behind. */
export async function withPlatform(
  run: (platform: TestPlatform) => Promise<void>,
  settings: Partial<PlatformSettings> = {},
): Promise<void> {
  const platform = await startPlatform(undefined, settings)
  try {
    await run(platform)
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
}

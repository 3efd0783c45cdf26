import { WatchedBot } from './watched-bot.ts'
import { removeHome, startPlatform, type TestPlatform } from './platform.ts'

interface StartAnswer {
  readonly status: number
  readonly body: {
    readonly sessionId: string
    readonly token: string
    readonly wsUrl: string
    readonly body?: string
    readonly error?: string
    readonly code?: string
    readonly message?: string
  }
}

/** One session of an agent, as the API lists it. */
interface ListedSession {
  readonly sessionId: string
  readonly endedAt: string | null
  readonly completionStatus: string | null
  readonly coldStart: boolean | null
  readonly botStartSeconds: number | null
}

/** A platform with a server bot, and what tests of sessions without a call ask it. */
export interface SessionPlatform {
  readonly platform: TestPlatform
  readonly bot: WatchedBot
  /** `ws://127.0.0.1:1234`. */
  readonly sockets: string
  /** As a program with a public key. */
  readonly start: (agent: string, request?: unknown) => Promise<StartAnswer>
  readonly sessions: (agent: string) => Promise<readonly ListedSession[]>
  readonly stop: (agent: string, sessionId: string) => Promise<{ status: number; body: Record<string, unknown> }>
  /** Lines in the log of an agent's session. */
  readonly logs: (agent: string, sessionId: string) => Promise<readonly string[]>
}

/** Runs with a server bot as agent `bot`, of at most two sessions, and leaves nothing behind. */
export async function withSessions(run: (sessions: SessionPlatform) => Promise<void>): Promise<void> {
  const platform = await startPlatform()
  try {
    await using bot = await WatchedBot.start()
    const scaling = { autoScaling: { minAgents: 0, maxAgents: 2 } }
    await platform.deployAs('bot', { source: { type: 'url', url: bot.url }, ...scaling })
    const owned = `/v1/organizations/${platform.organization}`
    const { body } = await platform.ask('POST', `${owned}/apiKeys`, { name: 'k' })
    const key = String(body['key'])
    const base = `http://127.0.0.1:${platform.open.server.port}`
    await run({
      platform,
      bot,
      sockets: base.replace('http', 'ws'),
      async start(agent, request = {}) {
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
        const options = { method: 'POST', headers, body: JSON.stringify(request) }
        const answer = await fetch(`${base}/v1/public/${agent}/start`, options)
        return { status: answer.status, body: (await answer.json()) as StartAnswer['body'] }
      },
      async sessions(agent) {
        const answer = await platform.ask('GET', `${owned}/services/${agent}/sessions`)
        return answer.body['sessions'] as ListedSession[]
      },
      stop: (agent, sessionId) => platform.ask('DELETE', `${owned}/services/${agent}/sessions/${sessionId}`),
      async logs(agent, sessionId) {
        const answer = await platform.ask('GET', `${owned}/services/${agent}/logs?sessionId=${sessionId}&limit=50`)
        return (answer.body['logs'] as { log: string }[]).map(({ log }) => log)
      },
    })
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
}

import type { ControlClient } from '../control/client.ts'
import type * as logs from '../control/contract/logs.ts'

export type LogLine = logs.LogPage['logs'][number]

interface LogReaderOptions {
  readonly client: ControlClient
  readonly agent: string
  /** Of one session only. */
  readonly session: string | undefined
}

/** Nodes write their lines in batches: one that is older than what was read may still come. */
const lateMs = 10_000
const pageSize = 1000

/** Reads the lines of an agent, each once. */
export class LogReader {
  readonly #options: LogReaderOptions
  /** Lines of the last seconds, by what tells them apart. */
  #seen = new Map<string, number>()
  #latestMs: number | undefined
  /** Nobody asked for lines before this one. */
  #first = ''

  constructor(options: LogReaderOptions) {
    this.#options = options
  }

  /** The latest lines, the earliest of them first. */
  async latest(count: number): Promise<LogLine[]> {
    const limit = Math.max(1, count)
    // Lines that come meanwhile move the pages.
    const found = new Map<string, LogLine>()
    for (let offset = 0; found.size < limit; offset += pageSize) {
      const page = await this.#fetch({ order: 'desc', limit: Math.min(pageSize, limit - found.size), offset })
      for (const line of page) found.set(keyOf(line), line)
      if (page.length < pageSize) break
    }
    const lines = [...found.values()].toReversed()
    this.#remember(lines)
    if (lines.length === limit) this.#first = lines[0]?.timestamp ?? ''
    return count === 0 ? [] : lines
  }

  /** What has come since. */
  async next(): Promise<LogLine[]> {
    const startTime = this.#latestMs === undefined ? undefined : new Date(this.#latestMs - lateMs).toISOString()
    const found: LogLine[] = []
    for (let offset = 0; ; offset += pageSize) {
      const page = await this.#fetch({ order: 'asc', limit: pageSize, offset, startTime })
      found.push(...page.filter((line) => line.timestamp >= this.#first && !this.#seen.has(keyOf(line))))
      if (page.length < pageSize) break
    }
    this.#remember(found)
    return found
  }

  async #fetch(query: Query): Promise<LogLine[]> {
    const { client, agent, session } = this.#options
    const page = await client.send<typeof logs.cliListLogs>(
      'get',
      '/v1/organizations/{org}/services/{agentName}/logs',
      { params: { agentName: agent }, query: { ...query, sessionId: session } },
    )
    return page.logs
  }

  #remember(lines: readonly LogLine[]): void {
    for (const line of lines) {
      const atMs = Date.parse(line.timestamp)
      this.#latestMs = Math.max(this.#latestMs ?? atMs, atMs)
      this.#seen.set(keyOf(line), atMs)
    }
    const oldest = (this.#latestMs ?? 0) - lateMs
    for (const [key, atMs] of this.#seen) if (atMs < oldest) this.#seen.delete(key)
  }
}

interface Query {
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly offset?: number
  readonly startTime?: string | undefined
}

const keyOf = ({ timestamp, sessionId, log }: LogLine) => `${timestamp} ${sessionId ?? ''} ${log}`

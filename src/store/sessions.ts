import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { type JsonObject, readJson } from './json.ts'
import { listSessions, type SessionFilter } from './list-sessions.ts'
import type { Listed } from './page.ts'
import { type Session, sessionColumns, toSession } from './session.ts'
import { found, orConflict } from './store-error.ts'
import { type HeardInAll, queueSessionEnded, queueSessionStarted } from './webhooks/queue-session.ts'

export interface NewSession {
  /** A UUID; made without. */
  readonly id?: string
  readonly agentId: string
  readonly versionId: string
  readonly nodeId: string
  readonly callId?: string
  readonly transport?: string
  readonly region?: string
  /** Default: now. */
  readonly createdAt?: number
}

export interface SessionStart {
  /** From the request to the bot's start. */
  readonly botStartMs: number
  /** An instance had to be started for it. */
  readonly coldStart: boolean
  readonly instanceId?: string
  /** Default: now. */
  readonly startedAt?: number
}

export interface SessionEnd {
  /** An HTTP status as text, or a word such as `WS_CONNECTION_CLOSED`. */
  readonly completionStatus: string
  readonly reason: string
  readonly endState?: string
  /** Told to webhooks; undefined: nobody knows. */
  readonly heard?: HeardInAll
  /** Default: now. */
  readonly endedAt?: number
}

/** Calls served by agents. */
export class Sessions {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  async create(organizationId: string, session: NewSession): Promise<Session> {
    const { id = randomUUID(), agentId, versionId, nodeId, callId, transport, region } = session
    const now = this.#context.clock.now()
    const { createdAt = now } = session
    const inserted = this.#main
      .insertInto('sessions')
      .values({
        id,
        organizationId,
        agentId,
        versionId,
        nodeId,
        callId: callId ?? null,
        transport: transport ?? null,
        region: region ?? null,
        createdAt,
        updatedAt: now,
      })
      .returning(sessionColumns)
      .executeTakeFirstOrThrow()
    return toSession(await orConflict(inserted, 'this session is known already'))
  }

  /** A bot has it. Webhooks are told in the same moment. */
  async started(
    organizationId: string,
    id: string,
    { botStartMs, coldStart, instanceId, startedAt }: SessionStart,
  ): Promise<Session> {
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('sessions')
        .set({
          botStartMs: Math.round(botStartMs),
          coldStart: coldStart ? 1 : 0,
          instanceId: instanceId ?? null,
          updatedAt: now,
        })
        .where('organizationId', '=', organizationId)
        .where('id', '=', id)
        .returning(sessionColumns)
        .executeTakeFirst()
      const session = toSession(found(row, 'session'))
      await queueSessionStarted(transaction, session, startedAt ?? now)
      return session
    })
  }

  /** The first end is kept. Webhooks are told in the same moment. */
  async end(organizationId: string, id: string, end: SessionEnd): Promise<Session> {
    const now = this.#context.clock.now()
    const ended = await this.#main.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('sessions')
        .set({
          endedAt: end.endedAt ?? now,
          updatedAt: now,
          completionStatus: end.completionStatus,
          endReason: end.reason,
          endState: end.endState ?? null,
        })
        .where('organizationId', '=', organizationId)
        .where('id', '=', id)
        .where('endedAt', 'is', null)
        .returning(sessionColumns)
        .executeTakeFirst()
      const session = row && toSession(row)
      if (session) await queueSessionEnded(transaction, session, end.heard)
      return session
    })
    return found(ended ?? (await this.find(organizationId, id)), 'session')
  }

  async find(organizationId: string, id: string): Promise<Session | undefined> {
    const row = await this.#main
      .selectFrom('sessions')
      .select(sessionColumns)
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .executeTakeFirst()
    return row && toSession(row)
  }

  async list(organizationId: string, filter: SessionFilter = {}): Promise<Listed<Session>> {
    return listSessions(this.#context.databases.lists, organizationId, filter)
  }

  /** How many are going on. */
  async countActive(organizationId: string, agentId?: string): Promise<number> {
    let query = this.#main
      .selectFrom('sessions')
      .where('organizationId', '=', organizationId)
      .where('endedAt', 'is', null)
    if (agentId !== undefined) query = query.where('agentId', '=', agentId)
    const { count } = await query.select(({ fn }) => fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
    return count
  }

  /** What the session used; replaces what was there. */
  async setMetrics(organizationId: string, id: string, metrics: JsonObject): Promise<void> {
    const row = await this.#main
      .updateTable('sessions')
      .set({ metrics: JSON.stringify(metrics) })
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    found(row, 'session')
  }

  async metrics(organizationId: string, id: string): Promise<JsonObject | undefined> {
    const row = await this.#main
      .selectFrom('sessions')
      .select('metrics')
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.metrics ? readJson(row.metrics) : undefined
  }

  get #main() {
    return this.#context.databases.main
  }
}

import { randomUUID } from 'node:crypto'
import type { Limits } from './context.ts'
import type { Database } from './databases.ts'
import type { JsonObject } from './json.ts'
import type { Agent, VersionRow } from './schema/agents.ts'
import { makeRoom } from './version-files.ts'

/** What a version runs. */
type BotSource =
  | { readonly type: 'image'; readonly image: string; readonly buildId?: string }
  /** An SDK bot: `entry` is the path of one of the version's files. */
  | { readonly type: 'module'; readonly entry: string }
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'command'; readonly command: readonly string[] }

/** What callers may expect beside the bot. What is absent has the node's default. */
interface CallSettings {
  /** `apology`, `forward:+14155550100` and such. */
  readonly onCrash?: string
  /** `busy`, `queue`, `message` and such. */
  readonly overflow?: string
  readonly overflowWaitSeconds?: number
  readonly overflowQueueMax?: number
  /** Behind the queue. */
  readonly overflowThen?: string
  readonly comfortTone?: 'until-taken' | 'until-spoken' | 'off'
  readonly ringUntilReadyMs?: number
  readonly maxSilenceSeconds?: number
  /** Said when a limit ends the call. */
  readonly goodbye?: string
}

/** All that makes one version differ from another; scaling is not part of it. */
export interface VersionSpec {
  readonly source: BotSource
  /** Names of sets. */
  readonly secretSet?: string
  readonly imagePullSecretSet?: string
  readonly profile?: string
  readonly nodeType?: string
  readonly audioFilter?: 'tel' | 'pro'
  readonly webSocketAuth: 'token' | 'none'
  readonly maxSessionSeconds?: number
  /** Sessions that one instance serves in its life. Absent: any number. */
  readonly instanceUses?: number
  readonly call?: CallSettings
  readonly settings?: JsonObject
}

export type Version = Omit<VersionRow, 'spec'> & { spec: VersionSpec }

export interface VersionFile {
  /** Relative, with forward slashes. */
  readonly path: string
  readonly content: Uint8Array
}

export interface Scaling {
  readonly minInstances?: number
  readonly maxInstances?: number
}

export interface NewVersion {
  readonly spec: VersionSpec
  /** Id of the user or key. */
  readonly createdBy?: string
  readonly files?: readonly VersionFile[]
}

/** Reads back what `insertVersion` wrote. */
export const toVersion = ({ spec, ...row }: VersionRow): Version => ({ ...row, spec: JSON.parse(spec) as VersionSpec })

/** Writes a version of an agent whose organization this transaction has locked, and makes it the one that is wanted. */
export async function insertVersion(
  transaction: Database,
  { id: agentId, organizationId }: Pick<Agent, 'id' | 'organizationId'>,
  { spec, createdBy, files = [] }: NewVersion,
  { now, limits }: { readonly now: number; readonly limits: Limits },
): Promise<Version> {
  const last = await transaction
    .selectFrom('versions')
    .select('number')
    .where('agentId', '=', agentId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const row = await transaction
    .insertInto('versions')
    .values({
      id: randomUUID(),
      organizationId,
      agentId,
      number: (last?.number ?? 0) + 1,
      spec: JSON.stringify(spec),
      phase: 'creating',
      phaseStartedAt: now,
      createdBy: createdBy ?? null,
      createdAt: now,
      updatedAt: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  const agent = { id: agentId, organizationId }
  await makeRoom(transaction, { agent, number: row.number, bytes, mostBytes: limits.maxFileBytes })
  for (const { path, content } of files) {
    await transaction.insertInto('versionFiles').values({ versionId: row.id, path, content }).execute()
  }
  await transaction
    .updateTable('agents')
    .set({ desiredVersionId: row.id, updatedAt: now })
    .where('id', '=', agentId)
    .execute()
  return toVersion(row)
}

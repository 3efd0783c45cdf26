import { sql } from 'kysely'
import type { Database } from './databases.ts'
import type { Agent } from './schema/agents.ts'
import { StoreError } from './store-error.ts'

/** Versions of an agent that one can go back to. */
const versionsWithFiles = 20

interface AddedFiles {
  readonly agent: Pick<Agent, 'id' | 'organizationId'>
  /** Of the version that has them. */
  readonly number: number
  readonly bytes: number
  /** What the files of an organization may take in all. */
  readonly mostBytes: number
}

/**
 * Makes room for the files of a new version, in a transaction that has locked the organization: those of versions long gone
 * are deleted. Throws `limit-reached` when the organization has too much all the same.
 */
export async function makeRoom(transaction: Database, { agent, number, bytes, mostBytes }: AddedFiles): Promise<void> {
  if (bytes === 0) return
  await transaction
    .deleteFrom('versionFiles')
    .where('versionId', 'in', (query) =>
      query
        .selectFrom('versions')
        .innerJoin('agents', 'agents.id', 'versions.agentId')
        .select('versions.id')
        .where('agents.id', '=', agent.id)
        .where('versions.number', '<=', number - versionsWithFiles)
        .where((row) =>
          row.or([
            row('agents.activeVersionId', 'is', null),
            row('agents.activeVersionId', '!=', row.ref('versions.id')),
          ]),
        )
        .where((row) =>
          row.or([
            row('agents.desiredVersionId', 'is', null),
            row('agents.desiredVersionId', '!=', row.ref('versions.id')),
          ]),
        ),
    )
    .execute()
  const kept = await bytesOf(transaction, agent.organizationId)
  if (kept + bytes <= mostBytes) return
  const megabytes = (count: number) => `${Math.ceil(count / 1024 / 1024)} MB`
  throw new StoreError(
    'limit-reached',
    `the files of an organization's versions may have ${megabytes(mostBytes)} in all on this node (OFFHOOK_MAX_FILES_MB), ` +
      `and have ${megabytes(kept)}: delete agents that nobody needs, or deploy with fewer files`,
  )
}

async function bytesOf(transaction: Database, organizationId: string): Promise<number> {
  const { bytes } = await transaction
    .selectFrom('versionFiles')
    .innerJoin('versions', 'versions.id', 'versionFiles.versionId')
    .select(sql<number | string | null>`sum(length(content))`.as('bytes'))
    .where('versions.organizationId', '=', organizationId)
    .executeTakeFirstOrThrow()
  return Number(bytes ?? 0)
}

/** Nobody goes back to a version of an agent that is deleted. */
export async function deleteFilesOf(transaction: Database, agentId: string): Promise<void> {
  await transaction
    .deleteFrom('versionFiles')
    .where('versionId', 'in', (query) => query.selectFrom('versions').select('id').where('agentId', '=', agentId))
    .execute()
}

interface OldVersion {
  readonly id: string
  readonly number: number
  readonly spec: { readonly source: { readonly type: string } }
}

/** Throws `conflict` when the version ran files, and they are gone. `latest`: number of the agent's latest version. */
export async function requireFiles(transaction: Database, version: OldVersion, latest: number): Promise<void> {
  const { type } = version.spec.source
  if (version.number > latest - versionsWithFiles || (type !== 'module' && type !== 'command')) return
  const file = await transaction
    .selectFrom('versionFiles')
    .select('path')
    .where('versionId', '=', version.id)
    .executeTakeFirst()
  if (file) return
  throw new StoreError(
    'conflict',
    `the files of version ${version.number} are kept no more, only those of the latest ${versionsWithFiles}: deploy it again`,
  )
}

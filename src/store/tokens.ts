import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { hashOf, isLastUsedStale, newCredential } from './credential.ts'
import type { PersonalToken, User } from './schema/tenants.ts'
import { found } from './store-error.ts'

export interface NewToken {
  readonly name: string
  /** Milliseconds since the epoch; never without. */
  readonly expiresAt?: number
}

const columns = ['id', 'userId', 'name', 'hint', 'createdAt', 'lastUsedAt', 'expiresAt', 'revokedAt'] as const

/** Personal access tokens, `pcc_pat_…`: each stands for a user. */
export class Tokens {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** The token itself is only ever in this answer. */
  async create(userId: string, { name, expiresAt }: NewToken): Promise<{ token: string; record: PersonalToken }> {
    const { secret, hash, hint } = newCredential('pcc_pat_')
    const record = await this.#main
      .insertInto('personalTokens')
      .values({
        id: randomUUID(),
        userId,
        name,
        hash,
        hint,
        createdAt: this.#context.clock.now(),
        expiresAt: expiresAt ?? null,
      })
      .returning(columns)
      .executeTakeFirstOrThrow()
    return { token: secret, record }
  }

  /** Undefined: unknown, revoked or expired. */
  async verify(token: string): Promise<{ user: User; tokenId: string } | undefined> {
    const now = this.#context.clock.now()
    const row = await this.#main
      .selectFrom('personalTokens')
      .innerJoin('users', 'users.id', 'personalTokens.userId')
      .selectAll('users')
      .select(['personalTokens.id as tokenId', 'lastUsedAt', 'expiresAt', 'revokedAt'])
      .where('hash', '=', hashOf(token))
      .executeTakeFirst()
    if (!row || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt <= now)) return undefined
    const { tokenId, lastUsedAt, id, email, displayName, createdAt } = row
    if (isLastUsedStale(lastUsedAt, now)) {
      await this.#main.updateTable('personalTokens').set({ lastUsedAt: now }).where('id', '=', tokenId).execute()
    }
    return { tokenId, user: { id, email, displayName, createdAt } }
  }

  /** Revoked ones too; newest first. */
  async list(userId: string): Promise<PersonalToken[]> {
    return this.#main
      .selectFrom('personalTokens')
      .select(columns)
      .where('userId', '=', userId)
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .execute()
  }

  /** From now on, with the log-ins that began with it. */
  async revoke(userId: string, id: string): Promise<PersonalToken> {
    const now = this.#context.clock.now()
    const rows = await this.#main
      .updateTable('personalTokens')
      .set((row) => ({ revokedAt: row.fn.coalesce('revokedAt', row.val(now)) }))
      .where('userId', '=', userId)
      .where((row) => row.or([row('id', '=', id), row('parentId', '=', id)]))
      .returning(columns)
      .execute()
    const token = rows.find((row) => row.id === id)
    return found(token, 'token')
  }

  get #main() {
    return this.#context.databases.main
  }
}

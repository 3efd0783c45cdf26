import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { hashOf, isLastUsedStale, newCredential } from './credential.ts'
import { lockOrganization } from './locks.ts'
import type { ApiKey, KeyType } from './schema/tenants.ts'
import { found, StoreError } from './store-error.ts'
import type { Strongbox } from './strongbox.ts'
import { queueEvent } from './webhooks/queue-event.ts'

export interface NewKey {
  readonly type: KeyType
  readonly name: string
  /** Id of the user who asked for it. */
  readonly createdBy?: string
}

/** Live ones of a type in an organization. */
const mostKeys = 5
const prefixes = { public: 'pk_', private: 'sk_' } as const

const columns = [
  'id',
  'organizationId',
  'type',
  'name',
  'hint',
  'createdBy',
  'createdAt',
  'lastUsedAt',
  'revokedAt',
] as const

/** Where the strongbox has public keys, which are shown again; of private ones there is nothing but the hash. */
const sealedKeys = 'api-key/'

/** What webhooks are told. */
const factsOf = ({ id, name, type }: ApiKey) => ({ key_id: id, name, type })

/** Keys of organizations: public ones start sessions, private ones do the rest. */
export class Keys {
  readonly #context: Context
  readonly #strongbox: Strongbox

  constructor(context: Context, strongbox: Strongbox) {
    this.#context = context
    this.#strongbox = strongbox
  }

  /** A private key is only ever in this answer. Throws `limit-reached` for the sixth live key of a type. */
  async create(organizationId: string, { type, name, createdBy }: NewKey): Promise<{ key: string; record: ApiKey }> {
    const { secret, hash, hint } = newCredential(prefixes[type])
    const record = await this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const live = await transaction
        .selectFrom('apiKeys')
        .select('id')
        .where('organizationId', '=', organizationId)
        .where('type', '=', type)
        .where('revokedAt', 'is', null)
        .execute()
      if (live.length >= mostKeys) {
        throw new StoreError('limit-reached', `an organization has at most ${mostKeys} ${type} keys: revoke one first`)
      }
      const now = this.#context.clock.now()
      const id = randomUUID()
      if (type === 'public') await this.#strongbox.put(organizationId, `${sealedKeys}${id}`, secret, transaction)
      const key = await transaction
        .insertInto('apiKeys')
        .values({
          id,
          organizationId,
          type,
          name,
          hash,
          hint,
          createdBy: createdBy ?? null,
          createdAt: now,
        })
        .returning(columns)
        .executeTakeFirstOrThrow()
      await queueEvent(transaction, organizationId, { type: 'api_key.created', data: factsOf(key), at: now })
      return key
    })
    return { key: secret, record }
  }

  /** Whose key this is. Undefined: unknown, revoked or of the other type. */
  async verify(key: string, type: KeyType): Promise<ApiKey | undefined> {
    const row = await this.#main
      .selectFrom('apiKeys')
      .select(columns)
      .where('hash', '=', hashOf(key))
      .where('type', '=', type)
      .where('revokedAt', 'is', null)
      .executeTakeFirst()
    const now = this.#context.clock.now()
    if (row && isLastUsedStale(row.lastUsedAt, now)) {
      await this.#main.updateTable('apiKeys').set({ lastUsedAt: now }).where('id', '=', row.id).execute()
    }
    return row
  }

  /** Revoked ones too; newest first. */
  async list(organizationId: string, type?: KeyType): Promise<ApiKey[]> {
    return this.#main
      .selectFrom('apiKeys')
      .select(columns)
      .where('organizationId', '=', organizationId)
      .$if(type !== undefined, (query) => query.where('type', '=', type ?? 'public'))
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .execute()
  }

  /** The public keys, by their ids. Those made by an Offhook that did not keep them are missing. */
  async revealPublic(organizationId: string): Promise<ReadonlyMap<string, string>> {
    return this.#strongbox.readAll(organizationId, sealedKeys)
  }

  /** From now on. It stays in the list. */
  async revoke(organizationId: string, id: string): Promise<ApiKey> {
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('apiKeys')
        .set((row) => ({ revokedAt: row.fn.coalesce('revokedAt', row.val(now)) }))
        .where('organizationId', '=', organizationId)
        .where('id', '=', id)
        .returning(columns)
        .executeTakeFirst()
      const key = found(row, 'key')
      await queueEvent(transaction, organizationId, { type: 'api_key.revoked', data: factsOf(key), at: now })
      return key
    })
  }

  get #main() {
    return this.#context.databases.main
  }
}

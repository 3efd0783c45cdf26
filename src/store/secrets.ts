import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import type { Database } from './databases.ts'
import { lockOrganization } from './locks.ts'
import type { SecretSet, SecretSetStatus } from './schema/agents.ts'
import { placeOf, type Vault } from './secrets/vault.ts'
import { found, StoreError } from './store-error.ts'
import type { WebhookEventType } from './webhooks/event-types.ts'
import { queueEvent } from './webhooks/queue-event.ts'

export interface SecretValues {
  readonly region: string
  readonly values: Readonly<Record<string, string>>
}

export interface ImagePullSecret {
  readonly region: string
  /** The registry: `https://index.docker.io/`. */
  readonly host: string
  /** base64 of `username:token`. */
  readonly value: string
}

/** An image pull secret is a set with one value, under this name. */
const pullSecretName = 'value'

/** Secret sets and image pull secrets. Values come out by the two `reveal` methods only. */
export class Secrets {
  readonly #context: Context
  readonly #vault: Vault

  constructor(context: Context, vault: Vault) {
    this.#context = context
    this.#vault = vault
  }

  /** Adds or replaces these values and leaves the others. Throws `conflict` for a set of the other type or in another region. */
  async put(organizationId: string, name: string, { region, values }: SecretValues): Promise<SecretSet> {
    return this.#put({ organizationId, name, type: 'secret', region, host: null }, values)
  }

  /** Makes or replaces it. Throws `conflict` for a set of the other type or in another region. */
  async putImagePull(
    organizationId: string,
    name: string,
    { region, host, value }: ImagePullSecret,
  ): Promise<SecretSet> {
    return this.#put({ organizationId, name, type: 'imagePullSecret', region, host }, { [pullSecretName]: value })
  }

  async find(organizationId: string, name: string): Promise<(SecretSet & { keys: string[] }) | undefined> {
    const set = await findSet(this.#main, organizationId, name)
    if (!set) return undefined
    const rows = await this.#main
      .selectFrom('secretValues')
      .select('name')
      .where('setId', '=', set.id)
      .orderBy('name')
      .execute()
    return { ...set, keys: set.type === 'secret' ? rows.map((row) => row.name) : [] }
  }

  async list(organizationId: string, { region }: { readonly region?: string } = {}): Promise<SecretSet[]> {
    return this.#context.databases.lists
      .selectFrom('secretSets')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .$if(region !== undefined, (query) => query.where('region', '=', region ?? ''))
      .orderBy('name')
      .execute()
  }

  /** False: there is no such value. */
  async deleteKey(organizationId: string, name: string, key: string): Promise<boolean> {
    return this.#main.transaction().execute(async (transaction) => {
      const set = await findSet(transaction, organizationId, name)
      if (set?.type !== 'secret') return false
      const row = await transaction
        .deleteFrom('secretValues')
        .where('setId', '=', set.id)
        .where('name', '=', key)
        .returning('name')
        .executeTakeFirst()
      if (row) await this.#queue(transaction, 'secret.updated', set)
      return row !== undefined
    })
  }

  /** False: there is no such set. */
  async delete(organizationId: string, name: string): Promise<boolean> {
    return this.#main.transaction().execute(async (transaction) => {
      const set = await transaction
        .deleteFrom('secretSets')
        .where('organizationId', '=', organizationId)
        .where('name', '=', name)
        .returningAll()
        .executeTakeFirst()
      if (set) await this.#queue(transaction, 'secret.deleted', set)
      return set !== undefined
    })
  }

  /** The values of a set, for the environment of an instance and for nothing else. */
  async reveal(organizationId: string, name: string): Promise<Record<string, string>> {
    const set = await findSet(this.#main, organizationId, name)
    const { id } = found(set?.type === 'secret' ? set : undefined, 'secret set')
    return this.#revealAll(id)
  }

  /** For pulling an image and for nothing else. */
  async revealImagePull(organizationId: string, name: string): Promise<Omit<ImagePullSecret, 'region'>> {
    const set = await findSet(this.#main, organizationId, name)
    const { id, host } = found(set?.type === 'imagePullSecret' ? set : undefined, 'image pull secret')
    return { host: host ?? '', value: (await this.#revealAll(id))[pullSecretName] ?? '' }
  }

  async setStatus(
    organizationId: string,
    name: string,
    status: SecretSetStatus,
    errorMessage?: string,
  ): Promise<SecretSet> {
    const row = await this.#main
      .updateTable('secretSets')
      .set({ status, errorMessage: errorMessage ?? null, updatedAt: this.#context.clock.now() })
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .returningAll()
      .executeTakeFirst()
    return found(row, 'secret set')
  }

  async #put(
    wanted: Pick<SecretSet, 'organizationId' | 'name' | 'type' | 'region' | 'host'>,
    values: Readonly<Record<string, string>>,
  ): Promise<SecretSet> {
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, wanted.organizationId)
      const known = await findSet(transaction, wanted.organizationId, wanted.name)
      if (known) refuseOther(known, wanted)
      const set = known
        ? await transaction
            .updateTable('secretSets')
            .set({ host: wanted.host, updatedAt: now })
            .where('id', '=', known.id)
            .returningAll()
            .executeTakeFirstOrThrow()
        : await transaction
            .insertInto('secretSets')
            .values({ ...wanted, id: randomUUID(), status: 'ready', createdAt: now, updatedAt: now })
            .returningAll()
            .executeTakeFirstOrThrow()
      for (const [name, value] of Object.entries(values)) {
        const sealed = this.#vault.seal(placeOf(set.id, name), value)
        await transaction
          .insertInto('secretValues')
          .values({ setId: set.id, name, ...sealed })
          .onConflict((conflict) => conflict.columns(['setId', 'name']).doUpdateSet(sealed))
          .execute()
      }
      await this.#queue(transaction, known ? 'secret.updated' : 'secret.created', set)
      return set
    })
  }

  /** Webhooks are told of names, never of values. */
  async #queue(transaction: Database, type: WebhookEventType, set: SecretSet): Promise<void> {
    const { organizationId, name, region } = set
    const data = { name, type: set.type, region }
    await queueEvent(transaction, organizationId, { type, data, at: this.#context.clock.now() })
  }

  async #revealAll(setId: string): Promise<Record<string, string>> {
    const rows = await this.#main.selectFrom('secretValues').selectAll().where('setId', '=', setId).execute()
    return Object.fromEntries(
      rows.map(({ name, ...sealed }) => [name, this.#vault.unseal(placeOf(setId, name), sealed)]),
    )
  }

  get #main() {
    return this.#context.databases.main
  }
}

function refuseOther(known: SecretSet, { type, region }: Pick<SecretSet, 'type' | 'region'>): void {
  if (known.type !== type) {
    const kind = known.type === 'secret' ? 'a secret set' : 'an image pull secret'
    throw new StoreError('conflict', `"${known.name}" is ${kind}: delete it first, or take another name`)
  }
  if (known.region !== region) {
    throw new StoreError('conflict', `"${known.name}" is in the region "${known.region}", not in "${region}"`)
  }
}

const findSet = (database: Database, organizationId: string, name: string): Promise<SecretSet | undefined> =>
  database
    .selectFrom('secretSets')
    .selectAll()
    .where('organizationId', '=', organizationId)
    .where('name', '=', name)
    .executeTakeFirst()

import type { Context } from './context.ts'
import type { Database } from './databases.ts'
import { sealedValuePlace, type Vault } from './secrets/vault.ts'

/** Secrets of organizations that the store itself looks after, each under a name. */
export class Strongbox {
  readonly #context: Context
  readonly #vault: Vault

  constructor(context: Context, vault: Vault) {
    this.#context = context
    this.#vault = vault
  }

  /** Puts a value in, over the one that was there. `database`: the transaction that it belongs to. */
  async put(organizationId: string, name: string, value: string, database: Database = this.#main): Promise<void> {
    const sealed = this.#vault.seal(sealedValuePlace(organizationId, name), value)
    await database
      .insertInto('sealedValues')
      .values({ organizationId, name, ...sealed })
      .onConflict((conflict) => conflict.columns(['organizationId', 'name']).doUpdateSet(sealed))
      .execute()
  }

  async read(organizationId: string, name: string): Promise<string | undefined> {
    const row = await this.#main
      .selectFrom('sealedValues')
      .select(['keyId', 'sealed'])
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .executeTakeFirst()
    return row && this.#vault.unseal(sealedValuePlace(organizationId, name), row)
  }

  /** All whose names begin so, by the rest of their names. */
  async readAll(organizationId: string, prefix: string): Promise<Map<string, string>> {
    const rows = await this.#main
      .selectFrom('sealedValues')
      .select(['name', 'keyId', 'sealed'])
      .where('organizationId', '=', organizationId)
      .where('name', 'like', `${prefix}%`)
      .execute()
    return new Map(
      rows.map(({ name, ...sealed }) => [
        name.slice(prefix.length),
        this.#vault.unseal(sealedValuePlace(organizationId, name), sealed),
      ]),
    )
  }

  /** False: it was not there. */
  async delete(organizationId: string, name: string, database: Database = this.#main): Promise<boolean> {
    const row = await database
      .deleteFrom('sealedValues')
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .returning('name')
      .executeTakeFirst()
    return row !== undefined
  }

  get #main() {
    return this.#context.databases.main
  }
}

import type { Context } from './context.ts'
import type { Database } from './databases.ts'
import { lockOrganization } from './locks.ts'
import type { Sealed } from './secrets/seal.ts'
import { sealedValuePlace, type Vault } from './secrets/vault.ts'

export interface NewPlivoAccount {
  /** `MA…`, or `SA…` of a subaccount. */
  readonly authId: string
  readonly authToken: string
}

/** An organization's own account at Plivo. */
export interface PlivoAccount extends NewPlivoAccount {
  /** Milliseconds since the epoch. */
  readonly changedAt: number
  /** What was there before, while calls that began with it may still go on. */
  readonly previous?: { readonly authToken: string; readonly until: number }
}

/** Under this name an account is sealed, as a whole. */
const name = 'plivo-account'
/** How long what Plivo signs with the token before is still taken: few calls are longer. */
const previousTokenMs = 3_600_000

/** Accounts at Plivo, at most one of each organization. */
export class PlivoAccounts {
  readonly #context: Context
  readonly #vault: Vault
  readonly #listeners = new Set<() => Promise<void>>()
  /** What was opened before, by what it was opened from: most of it stays as it is. */
  #opened = new Map<string, PlivoAccount>()

  constructor(context: Context, vault: Vault) {
    this.#context = context
    this.#vault = vault
  }

  async find(organizationId: string): Promise<PlivoAccount | undefined> {
    return this.#find(this.#main, organizationId)
  }

  /** Puts it in place of the one that was there. */
  async set(organizationId: string, { authId, authToken }: NewPlivoAccount): Promise<PlivoAccount> {
    const account = await this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const known = await this.#find(transaction, organizationId)
      const now = this.#context.clock.now()
      const previous =
        known === undefined || known.authToken === authToken
          ? known?.previous
          : { authToken: known.authToken, until: now + previousTokenMs }
      const account: PlivoAccount = { authId, authToken, changedAt: now, ...(previous && { previous }) }
      const sealed = this.#vault.seal(sealedValuePlace(organizationId, name), JSON.stringify(account))
      await transaction
        .insertInto('sealedValues')
        .values({ organizationId, name, ...sealed })
        .onConflict((conflict) => conflict.columns(['organizationId', 'name']).doUpdateSet(sealed))
        .execute()
      return account
    })
    await this.#tell()
    return account
  }

  /** False: there was none. */
  async delete(organizationId: string): Promise<boolean> {
    const row = await this.#main
      .deleteFrom('sealedValues')
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .returning('name')
      .executeTakeFirst()
    await this.#tell()
    return row !== undefined
  }

  /** Of all organizations, by their names: for a node that serves them. */
  async all(): Promise<ReadonlyMap<string, PlivoAccount>> {
    const rows = await this.#context.databases.lists
      .selectFrom('sealedValues')
      .innerJoin('organizations', 'organizations.id', 'sealedValues.organizationId')
      .select(['organizations.name as organization', 'organizationId', 'keyId', 'sealed'])
      .where('sealedValues.name', '=', name)
      .execute()
    const opened = new Map<string, PlivoAccount>()
    const accounts = new Map<string, PlivoAccount>()
    for (const { organization, organizationId, ...row } of rows) {
      const key = `${organizationId} ${row.sealed}`
      const account = this.#opened.get(key) ?? this.#open(organizationId, row)
      opened.set(key, account)
      accounts.set(organization, account)
    }
    this.#opened = opened
    return accounts
  }

  /** Told when one has changed by way of this store, and waited for. Returns how to be told no more. */
  onChange(listener: () => Promise<void>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #find(database: Database, organizationId: string): Promise<PlivoAccount | undefined> {
    const row = await database
      .selectFrom('sealedValues')
      .select(['keyId', 'sealed'])
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .executeTakeFirst()
    return row && this.#open(organizationId, row)
  }

  /** It was sealed here, and nobody else can seal. */
  #open(organizationId: string, row: Sealed): PlivoAccount {
    return JSON.parse(this.#vault.unseal(sealedValuePlace(organizationId, name), row)) as PlivoAccount
  }

  async #tell(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener()))
  }

  get #main() {
    return this.#context.databases.main
  }
}

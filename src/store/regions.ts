import type { Context } from './context.ts'
import type { Region } from './schema/tenants.ts'
import { found, orConflict, StoreError } from './store-error.ts'

export type NewRegion = Pick<Region, 'code' | 'displayName'>

/** Places where this installation runs bots. The operator names them; there is always one. */
export class Regions {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  async list(): Promise<Region[]> {
    return this.#main.selectFrom('regions').selectAll().orderBy('createdAt').orderBy('code').execute()
  }

  async find(code: string): Promise<Region | undefined> {
    return this.#main.selectFrom('regions').selectAll().where('code', '=', code).executeTakeFirst()
  }

  /** Throws `conflict` when the code is taken. */
  async create({ code, displayName }: NewRegion): Promise<Region> {
    const inserted = this.#main
      .insertInto('regions')
      .values({ code, displayName, createdAt: this.#context.clock.now() })
      .returningAll()
      .executeTakeFirstOrThrow()
    return orConflict(inserted, `there is a region "${code}" already`)
  }

  /** Makes the region when there is none yet, whichever of several nodes comes first. */
  async ensureOne({ code, displayName }: NewRegion): Promise<void> {
    if ((await this.list()).length > 0) return
    await this.#main
      .insertInto('regions')
      .values({ code, displayName, createdAt: this.#context.clock.now() })
      .onConflict((conflict) => conflict.column('code').doNothing())
      .execute()
  }

  async update(code: string, { displayName }: Pick<Region, 'displayName'>): Promise<Region> {
    const row = await this.#main
      .updateTable('regions')
      .set({ displayName })
      .where('code', '=', code)
      .returningAll()
      .executeTakeFirst()
    return found(row, 'region')
  }

  /** Throws `conflict` for the last one, and for one in which agents or secrets are. */
  async delete(code: string): Promise<void> {
    await this.#main.transaction().execute(async (transaction) => {
      // Writing them all keeps another transaction from deleting the other one of two.
      const all = await transaction
        .updateTable('regions')
        .set((column) => ({ displayName: column.ref('displayName') }))
        .returning('code')
        .execute()
      found(
        all.find((region) => region.code === code),
        'region',
      )
      if (all.length === 1) throw new StoreError('conflict', 'this is the last region: create another one first')
      const agent = await transaction
        .selectFrom('agents')
        .select('id')
        .where('region', '=', code)
        .where('deletedAt', 'is', null)
        .executeTakeFirst()
      const set = await transaction.selectFrom('secretSets').select('id').where('region', '=', code).executeTakeFirst()
      if (agent ?? set) throw new StoreError('conflict', `agents or secret sets are in the region "${code}"`)
      await transaction.deleteFrom('regions').where('code', '=', code).execute()
    })
  }

  get #main() {
    return this.#context.databases.main
  }
}

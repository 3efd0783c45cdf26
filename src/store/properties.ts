import type { Context } from './context.ts'

/** Settings of an organization: names and values, which others give a meaning. */
export class Properties {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  async all(organizationId: string): Promise<Record<string, string>> {
    const rows = await this.#context.databases.main
      .selectFrom('properties')
      .select(['name', 'value'])
      .where('organizationId', '=', organizationId)
      .orderBy('name')
      .execute()
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
  }

  async find(organizationId: string, name: string): Promise<string | undefined> {
    const row = await this.#context.databases.main
      .selectFrom('properties')
      .select('value')
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .executeTakeFirst()
    return row?.value
  }

  async set(organizationId: string, name: string, value: string): Promise<void> {
    await this.#context.databases.main
      .insertInto('properties')
      .values({ organizationId, name, value })
      .onConflict((conflict) => conflict.columns(['organizationId', 'name']).doUpdateSet({ value }))
      .execute()
  }

  /** False: it was not set. */
  async delete(organizationId: string, name: string): Promise<boolean> {
    const row = await this.#context.databases.main
      .deleteFrom('properties')
      .where('organizationId', '=', organizationId)
      .where('name', '=', name)
      .returning('name')
      .executeTakeFirst()
    return row !== undefined
  }
}

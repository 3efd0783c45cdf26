import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { isHostName, newOrganizationName } from './organization-name.ts'
import type { Organization, Role } from './schema/tenants.ts'
import { found, isUniqueViolation, orConflict, StoreError } from './store-error.ts'

export interface NewOrganization {
  readonly verboseName: string
  /** Generated without. */
  readonly name?: string
}

const longestName = 63
const attempts = 5

export class Organizations {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Throws `conflict` for a name that is taken, `invalid` for one that cannot stand in a service host. */
  async create({ verboseName, name }: NewOrganization): Promise<Organization> {
    if (name === undefined) return this.#createNamed(verboseName, attempts)
    if (!isHostName(name, longestName)) {
      throw new StoreError(
        'invalid',
        `the name of an organization has small letters, digits and hyphens, got "${name}"`,
      )
    }
    return orConflict(this.#insert(name, verboseName), `there is an organization named "${name}" already`)
  }

  async find(id: string): Promise<Organization | undefined> {
    return this.#main.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async findByName(name: string): Promise<Organization | undefined> {
    return this.#main.selectFrom('organizations').selectAll().where('name', '=', name).executeTakeFirst()
  }

  /** All there are: for the operator. */
  async list(): Promise<Organization[]> {
    return this.#context.databases.lists.selectFrom('organizations').selectAll().orderBy('createdAt').execute()
  }

  async listForUser(userId: string): Promise<(Organization & { role: Role })[]> {
    return this.#main
      .selectFrom('memberships')
      .innerJoin('organizations', 'organizations.id', 'memberships.organizationId')
      .selectAll('organizations')
      .select('memberships.role')
      .where('memberships.userId', '=', userId)
      .orderBy('memberships.createdAt')
      .orderBy('organizations.name')
      .execute()
  }

  async update(id: string, { verboseName }: Pick<Organization, 'verboseName'>): Promise<Organization> {
    const row = await this.#main
      .updateTable('organizations')
      .set({ verboseName, updatedAt: this.#context.clock.now() })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst()
    return found(row, 'organization')
  }

  /**
   * With its agents, keys and secrets. What it left in calls, sessions and logs goes when its time is over. Throws `conflict` for
   * the only one.
   */
  async delete(id: string): Promise<void> {
    await this.#main.transaction().execute(async (transaction) => {
      // Others that are to be deleted at the same time wait, and are counted.
      const all = await transaction
        .updateTable('organizations')
        .set((column) => ({ updatedAt: column.ref('updatedAt') }))
        .returning('id')
        .execute()
      found(
        all.find((one) => one.id === id),
        'organization',
      )
      if (all.length === 1)
        throw new StoreError('conflict', 'it is the only organization of this node: make another one first')
      await transaction.deleteFrom('organizations').where('id', '=', id).execute()
    })
  }

  async #createNamed(verboseName: string, left: number): Promise<Organization> {
    try {
      return await this.#insert(newOrganizationName(), verboseName)
    } catch (error) {
      if (left === 0 || !isUniqueViolation(error)) throw error
      return this.#createNamed(verboseName, left - 1)
    }
  }

  #insert(name: string, verboseName: string): Promise<Organization> {
    const now = this.#context.clock.now()
    return this.#main
      .insertInto('organizations')
      .values({ id: randomUUID(), name, verboseName, createdAt: now, updatedAt: now })
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  get #main() {
    return this.#context.databases.main
  }
}

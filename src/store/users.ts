import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import type { Database } from './databases.ts'
import { lockOrganization } from './locks.ts'
import type { Role, User } from './schema/tenants.ts'
import { found, orConflict, StoreError } from './store-error.ts'

export interface NewUser {
  readonly email: string
  readonly displayName?: string
}

export type Member = User & { role: Role; joinedAt: number }

/** Users, and what they may in which organization. */
export class Users {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Throws `conflict` when somebody has this e-mail address already. */
  async create({ email, displayName }: NewUser): Promise<User> {
    const user = {
      id: randomUUID(),
      email: email.toLowerCase(),
      displayName: displayName ?? null,
      createdAt: this.#context.clock.now(),
    }
    const inserted = this.#main.insertInto('users').values(user).returningAll().executeTakeFirstOrThrow()
    return orConflict(inserted, 'there is a user with this e-mail address already')
  }

  async find(id: string): Promise<User | undefined> {
    return this.#main.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  }

  async findByEmail(email: string): Promise<User | undefined> {
    return this.#main.selectFrom('users').selectAll().where('email', '=', email.toLowerCase()).executeTakeFirst()
  }

  async listMembers(organizationId: string): Promise<Member[]> {
    return this.#context.databases.lists
      .selectFrom('memberships')
      .innerJoin('users', 'users.id', 'memberships.userId')
      .selectAll('users')
      .select(['memberships.role', 'memberships.createdAt as joinedAt'])
      .where('memberships.organizationId', '=', organizationId)
      .orderBy('users.email')
      .execute()
  }

  /** Undefined: not a member. */
  async roleOf(organizationId: string, userId: string): Promise<Role | undefined> {
    return roleIn(this.#main, organizationId, userId)
  }

  /** Makes the user a member, or changes what the member may. Throws `conflict` rather than leave no owner. */
  async setRole(organizationId: string, userId: string, role: Role): Promise<void> {
    await this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const user = await transaction.selectFrom('users').select('id').where('id', '=', userId).executeTakeFirst()
      found(user, 'user')
      if (role !== 'owner') await keepAnOwner(transaction, organizationId, userId)
      await transaction
        .insertInto('memberships')
        .values({ organizationId, userId, role, createdAt: this.#context.clock.now() })
        .onConflict((conflict) => conflict.columns(['organizationId', 'userId']).doUpdateSet({ role }))
        .execute()
    })
  }

  /** Throws `conflict` rather than leave no owner. */
  async removeMember(organizationId: string, userId: string): Promise<void> {
    await this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      await keepAnOwner(transaction, organizationId, userId)
      const row = await transaction
        .deleteFrom('memberships')
        .where('organizationId', '=', organizationId)
        .where('userId', '=', userId)
        .returning('userId')
        .executeTakeFirst()
      found(row, 'member')
    })
  }

  get #main() {
    return this.#context.databases.main
  }
}

async function roleIn(database: Database, organizationId: string, userId: string): Promise<Role | undefined> {
  const row = await database
    .selectFrom('memberships')
    .select('role')
    .where('organizationId', '=', organizationId)
    .where('userId', '=', userId)
    .executeTakeFirst()
  return row?.role
}

async function keepAnOwner(database: Database, organizationId: string, leavingUserId: string): Promise<void> {
  if ((await roleIn(database, organizationId, leavingUserId)) !== 'owner') return
  const another = await database
    .selectFrom('memberships')
    .select('userId')
    .where('organizationId', '=', organizationId)
    .where('role', '=', 'owner')
    .where('userId', '!=', leavingUserId)
    .executeTakeFirst()
  if (!another) throw new StoreError('conflict', 'an organization needs an owner: make somebody else one first')
}

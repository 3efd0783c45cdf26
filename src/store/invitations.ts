import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { hashOf, newCredential } from './credential.ts'
import type { Database } from './databases.ts'
import { lockOrganization } from './locks.ts'
import type { Invitation, InvitationRow } from './schema/accounts.ts'
import type { Role, User } from './schema/tenants.ts'
import { found, orConflict, StoreError } from './store-error.ts'

export interface NewInvitation {
  readonly email: string
  readonly role: Role
  /** Id of the user who invites. */
  readonly invitedBy: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Who takes an invitation: a user, or somebody who becomes one with the address that the invitation was for. */
export type Joining = { readonly userId: string } | { readonly displayName: string | null }

export interface Joined {
  readonly invitation: Invitation
  readonly user: User
}

/** That nobody has taken yet, in one organization. */
const mostOpen = 100

const columns = [
  'id',
  'organizationId',
  'email',
  'role',
  'invitedBy',
  'createdAt',
  'expiresAt',
  'acceptedAt',
  'revokedAt',
] as const

/** Tokens with which people become members: each is good once. */
export class Invitations {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** The token is only ever in this answer. Throws `limit-reached` when too many are open. */
  async create(
    organizationId: string,
    { email, role, invitedBy, expiresAt }: NewInvitation,
  ): Promise<{ token: string; invitation: Invitation }> {
    const { secret, hash } = newCredential('inv_')
    const now = this.#context.clock.now()
    const invitation = await this.#main.transaction().execute(async (transaction) => {
      await lockOrganization(transaction, organizationId)
      const open = await transaction
        .selectFrom('invitations')
        .select('id')
        .where('organizationId', '=', organizationId)
        .where('acceptedAt', 'is', null)
        .where('revokedAt', 'is', null)
        .where('expiresAt', '>', now)
        .execute()
      if (open.length >= mostOpen)
        throw new StoreError('limit-reached', `an organization has at most ${mostOpen} open invitations: revoke some`)
      return transaction
        .insertInto('invitations')
        .values({
          id: randomUUID(),
          organizationId,
          email: email.toLowerCase(),
          role,
          hash,
          invitedBy,
          createdAt: now,
          expiresAt,
        })
        .returning(columns)
        .executeTakeFirstOrThrow()
    })
    return { token: secret, invitation }
  }

  /** Newest first; those that were taken, revoked or are over, too. */
  async list(organizationId: string): Promise<Invitation[]> {
    return this.#context.databases.lists
      .selectFrom('invitations')
      .select(columns)
      .where('organizationId', '=', organizationId)
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .limit(1000)
      .execute()
  }

  /** Throws `not-found` also for one that was taken. */
  async revoke(organizationId: string, id: string): Promise<Invitation> {
    const row = await this.#main
      .updateTable('invitations')
      .set({ revokedAt: this.#context.clock.now() })
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .where('acceptedAt', 'is', null)
      .returning(columns)
      .executeTakeFirst()
    return found(row, 'open invitation')
  }

  /**
   * Makes somebody a member. Throws `not-found` for a token that is unknown, used, revoked or over; `conflict` for a member,
   * and for somebody new whose address a user has already: that would hand out the account of another.
   */
  async accept(token: string, joining: Joining): Promise<Joined> {
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      const row = await transaction
        .updateTable('invitations')
        .set({ acceptedAt: now })
        .where('hash', '=', hashOf(token))
        .where('acceptedAt', 'is', null)
        .where('revokedAt', 'is', null)
        .where('expiresAt', '>', now)
        .returning(columns)
        .executeTakeFirst()
      const invitation = found(row, 'invitation, or it is no longer good')
      const user = await joiningUser(transaction, invitation, joining, now)
      const { organizationId, role } = invitation
      const membership = { organizationId, userId: user.id, role, createdAt: now }
      await orConflict(
        transaction.insertInto('memberships').values(membership).executeTakeFirst(),
        'the user is a member already',
      )
      return { invitation, user }
    })
  }

  get #main() {
    return this.#context.databases.main
  }
}

async function joiningUser(
  database: Database,
  { email }: Pick<InvitationRow, 'email'>,
  joining: Joining,
  now: number,
): Promise<User> {
  if ('userId' in joining) {
    const user = await database.selectFrom('users').selectAll().where('id', '=', joining.userId).executeTakeFirst()
    return found(user, 'user')
  }
  const { displayName } = joining
  const inserted = database
    .insertInto('users')
    .values({ id: randomUUID(), email, displayName, createdAt: now })
    .returningAll()
    .executeTakeFirstOrThrow()
  return orConflict(inserted, `there is a user ${email} already: log in as that user, and take the invitation then`)
}

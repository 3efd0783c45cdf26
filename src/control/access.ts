import type { Organization, Role } from '../store/schema/tenants.ts'

/** What the caller may do in one organization. */
export interface Access {
  readonly organization: Organization
  readonly role: Role
  /** For the audit log. */
  readonly actor: { readonly actorType: 'user' | 'key'; readonly actorId: string }
}

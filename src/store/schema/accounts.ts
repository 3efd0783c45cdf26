import type { Role } from './tenants.ts'

/** A secret of an organization that is in no secret set, such as the secret of a webhook. */
export interface SealedValueRow {
  organizationId: string
  /** What it is: `api-key/<id>`. */
  name: string
  /** Which key sealed it. */
  keyId: string
  sealed: string
}

/** Somebody may become a member, without the token that says so. */
export interface Invitation {
  id: string
  organizationId: string
  email: string
  role: Role
  invitedBy: string | null
  createdAt: number
  expiresAt: number
  acceptedAt: number | null
  revokedAt: number | null
}

export interface InvitationRow extends Invitation {
  hash: string
}

/** What a log-in with a browser hands out. All of one log-in belong to one personal token, and end with it. */
export type LoginTokenKind = 'browser' | 'code' | 'access' | 'refresh'

export interface LoginTokenRow {
  id: string
  kind: LoginTokenKind
  tokenId: string
  hash: string
  /** Of a code: what it was asked for, as JSON. */
  data: string | null
  createdAt: number
  expiresAt: number
  usedAt: number | null
}

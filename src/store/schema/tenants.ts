export interface Organization {
  id: string
  /** Part of every service host: word-word-word-number, no dot. */
  name: string
  verboseName: string
  createdAt: number
  updatedAt: number
}

export interface User {
  id: string
  email: string
  displayName: string | null
  createdAt: number
}

export type Role = 'owner' | 'admin' | 'member' | 'viewer'

export interface MembershipRow {
  organizationId: string
  userId: string
  role: Role
  createdAt: number
}

/** A personal access token, without the token. */
export interface PersonalToken {
  id: string
  userId: string
  name: string
  /** Enough to recognise it by, too little to use. */
  hint: string
  createdAt: number
  lastUsedAt: number | null
  expiresAt: number | null
  revokedAt: number | null
}

export interface PersonalTokenRow extends PersonalToken {
  hash: string
  /** The token that somebody logged in with: what came of it ends with it. */
  parentId: string | null
}

export type KeyType = 'public' | 'private'

/** An organization's key, without the key. */
export interface ApiKey {
  id: string
  organizationId: string
  type: KeyType
  name: string
  /** Enough to recognise it by, too little to use. */
  hint: string
  createdBy: string | null
  createdAt: number
  lastUsedAt: number | null
  revokedAt: number | null
}

export interface ApiKeyRow extends ApiKey {
  hash: string
}

export interface PropertyRow {
  organizationId: string
  name: string
  value: string
}

export interface Region {
  code: string
  displayName: string
  createdAt: number
}

export interface AuditRow {
  id: string
  organizationId: string | null
  actorType: 'user' | 'key' | 'system'
  actorId: string | null
  action: string
  targetType: string | null
  targetId: string | null
  at: number
  data: string | null
}

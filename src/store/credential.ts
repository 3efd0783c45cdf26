import { createHash, randomBytes } from 'node:crypto'

export interface NewCredential {
  /** To be shown once and forgotten. */
  readonly secret: string
  readonly hash: string
  readonly hint: string
}

type Prefix = 'pcc_pat_' | 'pk_' | 'sk_' | 'inv_' | 'obr_' | 'oac_' | 'oat_' | 'ort_'

/** 32 random bytes behind a prefix that says what it is. */
export function newCredential(prefix: Prefix): NewCredential {
  const secret = `${prefix}${randomBytes(32).toString('base64url')}`
  return { secret, hash: hashOf(secret), hint: `${secret.slice(0, prefix.length + 4)}…${secret.slice(-4)}` }
}

/**
 * What is stored instead of a credential. It is looked up by this hash, so that the time of the answer says nothing of the
 * credential; 256 random bits need no slow hash.
 */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')

/** `lastUsedAt` is written at most so often: a busy key must not make the database busy. */
const lastUsedStepMs = 60_000

export const isLastUsedStale = (lastUsedAt: number | null, now: number): boolean =>
  lastUsedAt === null || now - lastUsedAt >= lastUsedStepMs

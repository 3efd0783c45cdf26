import { randomBytes } from 'node:crypto'

/** What an endpoint's deliveries are signed with. */
export interface SigningSecrets {
  /** `whsec_` and base64. */
  readonly current: string
  /** The one before, and until when it signs too: milliseconds since the epoch. */
  readonly previous?: { readonly secret: string; readonly until: number }
}

/** Receivers have so long to learn the new secret. */
const overlapMs = 24 * 60 * 60 * 1000

export const newSigningSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`

export const rotated = ({ current }: SigningSecrets, now: number): SigningSecrets => ({
  current: newSigningSecret(),
  previous: { secret: current, until: now + overlapMs },
})

/** Those that sign now, the current one first. */
export function secretsAt({ current, previous }: SigningSecrets, now: number): readonly string[] {
  return previous && previous.until > now ? [current, previous.secret] : [current]
}

import type { Carrier } from './carrier.ts'

/** An organization's own account at the carrier. */
export interface CarrierAccount {
  /** The carrier may have signed with any of these. */
  readonly authTokens: readonly string[]
  /** Its API, with the account's credentials. */
  readonly carrier: Carrier
}

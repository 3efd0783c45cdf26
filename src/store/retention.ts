const dayMs = 24 * 60 * 60 * 1000

/** For how long things are kept, in milliseconds. */
export interface Retention {
  readonly logsMs: number
  /** Also of session events, and what is known of recordings. */
  readonly sessionsMs: number
  readonly callsMs: number
  readonly auditMs: number
  /** Deliveries of webhooks, with what was sent. */
  readonly webhooksMs: number
}

export const defaultRetention: Retention = {
  logsMs: 30 * dayMs,
  sessionsMs: 365 * dayMs,
  callsMs: 365 * dayMs,
  auditMs: 365 * dayMs,
  webhooksMs: 90 * dayMs,
}

/** An invitation stays in the list for so long after its time. */
export const staleInvitationMs = 30 * dayMs

/** A call or a session that never ended, because its node never came back, is over after so long. */
export const longestCallMs = 2 * dayMs

/** What was kept of a call is of no use so long after its node came back: the carrier has given it up. */
export const lostCallMs = 600_000

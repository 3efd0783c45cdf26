/** Where an organization wants to be told what happens. */
export interface WebhookEndpointRow {
  id: string
  organizationId: string
  url: string
  description: string | null
  /** JSON: the types of events that it wants. Null: all. */
  events: string | null
  /** 1 or 0. */
  enabled: number
  /** Why it is off; null when it is on. */
  disabledReason: string | null
  /** Since when no delivery has succeeded; null: the last one has. */
  failingSince: number | null
  createdAt: number
  updatedAt: number
}

export type DeliveryState = 'pending' | 'delivered' | 'failed'

/** One event for one endpoint. */
export interface WebhookDelivery {
  /** Goes out as `webhook-id`: the same for every attempt. */
  id: string
  organizationId: string
  endpointId: string
  eventType: string
  /** The body, as it is signed and sent. */
  payload: string
  state: DeliveryState
  attempts: number
  /** When it is due; while it is being sent, when it is due again if its node dies. Null: never. */
  nextAttemptAt: number | null
  lastAttemptAt: number | null
  /** HTTP status of the last answer; null: there was none. */
  lastStatus: number | null
  lastError: string | null
  deliveredAt: number | null
  createdAt: number
}

import { randomUUID } from 'node:crypto'
import type { Database } from '../databases.ts'
import type { JsonObject } from '../json.ts'
import type { WebhookDelivery } from '../schema/webhooks.ts'
import type { WebhookEventType } from './event-types.ts'

/** Something that happened in an organization. */
interface WebhookEvent {
  readonly type: WebhookEventType
  /** Asked for only when somebody wants to know. */
  readonly data: JsonObject | (() => Promise<JsonObject>)
  /** Milliseconds since the epoch. */
  readonly at: number
}

/**
 * Makes a delivery for every endpoint that wants to know. In the transaction that writes down what happened, so that it is
 * told if and only if it happened.
 */
export async function queueEvent(database: Database, organizationId: string, event: WebhookEvent): Promise<void> {
  const endpoints = await database
    .selectFrom('webhookEndpoints')
    .innerJoin('organizations', 'organizations.id', 'webhookEndpoints.organizationId')
    .select(['webhookEndpoints.id', 'events', 'organizations.name as organization'])
    .where('organizationId', '=', organizationId)
    .where('enabled', '=', 1)
    .execute()
  const wanting = endpoints.filter(({ events }) => wants(events, event.type))
  if (wanting.length === 0) return
  const { type, at } = event
  const data = typeof event.data === 'function' ? await event.data() : event.data
  const rows = wanting.map(({ id, organization }) =>
    newDelivery({ organizationId, organization, endpointId: id, type, data, at }),
  )
  await database.insertInto('webhookDeliveries').values(rows).execute()
}

interface NewDelivery {
  readonly organizationId: string
  /** Its name. */
  readonly organization: string
  readonly endpointId: string
  readonly type: WebhookEventType | 'webhook.test'
  readonly data: JsonObject
  readonly at: number
}

/** What is to be sent, now. */
export function newDelivery({
  organizationId,
  organization,
  endpointId,
  type,
  data,
  at,
}: NewDelivery): WebhookDelivery {
  const envelope = { event_type: type, org: organization, created_at: new Date(at).toISOString(), data }
  return {
    id: `msg_${randomUUID()}`,
    organizationId,
    endpointId,
    eventType: type,
    payload: JSON.stringify(envelope),
    state: 'pending',
    attempts: 0,
    nextAttemptAt: at,
    lastAttemptAt: null,
    lastStatus: null,
    lastError: null,
    deliveredAt: null,
    createdAt: at,
  }
}

const wants = (events: string | null, type: string): boolean =>
  events === null || (JSON.parse(events) as readonly string[]).includes(type)

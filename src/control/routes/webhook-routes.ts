import { isIP } from 'node:net'
import type { Context } from 'hono'
import { isPublicAddress } from '../../lib/public-address.ts'
import type { WebhookDelivery } from '../../store/schema/webhooks.ts'
import type { WebhookEndpoint } from '../../store/webhooks/webhook-endpoints.ts'
import { allow } from '../allow.ts'
import { badRequest, notFound } from '../api-error.ts'
import type { ControlApp, ControlEnv } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/webhooks.ts'
import { defined } from '../defined.ts'
import { isoTime, isoTimeOrNull } from '../iso-time.ts'

const ok = { status: 'OK' } as const

/** Where an organization is told what happens, and what became of it. URLs may hold secrets: they are for admins. */
export function webhookRoutes(app: ControlApp, parts: ControlParts): void {
  const { webhooks } = parts.store
  app.openapi(contract.listWebhooks, async (context) => {
    const found = await webhooks.list(allow(context, 'admin').organization.id)
    return context.json({ webhooks: found.map(webhookView) }, 200)
  })
  app.openapi(contract.createWebhook, async (context) => {
    const { organization } = allow(context, 'admin')
    const request = context.req.valid('json')
    refuseInnerAddress(parts, request.url)
    const { endpoint, secret } = await webhooks.create(organization.id, { url: request.url, ...defined(request) })
    await audit(parts, context, { action: 'webhook.create', targetId: endpoint.id })
    return context.json({ ...webhookView(endpoint), secret }, 201)
  })
  app.openapi(contract.readWebhook, async (context) => {
    const { organization } = allow(context, 'admin')
    const found = await webhooks.find(organization.id, context.req.valid('param').webhookId)
    if (!found) throw notFound('The webhook')
    return context.json(webhookView(found), 200)
  })
  app.openapi(contract.updateWebhook, async (context) => {
    const { organization } = allow(context, 'admin')
    const request = context.req.valid('json')
    if (request.url !== undefined) refuseInnerAddress(parts, request.url)
    const { webhookId: targetId } = context.req.valid('param')
    const endpoint = await webhooks.update(organization.id, targetId, defined(request))
    await audit(parts, context, { action: 'webhook.update', targetId })
    return context.json(webhookView(endpoint), 200)
  })
  app.openapi(contract.deleteWebhook, async (context) => {
    const { webhookId: targetId } = context.req.valid('param')
    await webhooks.delete(allow(context, 'admin').organization.id, targetId)
    await audit(parts, context, { action: 'webhook.delete', targetId })
    return context.json(ok, 200)
  })
  app.openapi(contract.rotateWebhookSecret, async (context) => {
    const { webhookId: targetId } = context.req.valid('param')
    const secret = await webhooks.rotateSecret(allow(context, 'admin').organization.id, targetId)
    await audit(parts, context, { action: 'webhook.rotate-secret', targetId })
    return context.json({ secret }, 200)
  })
  deliveryRoutes(app, parts)
}

function deliveryRoutes(app: ControlApp, { store: { webhooks, deliveries } }: ControlParts): void {
  app.openapi(contract.testWebhook, async (context) => {
    const { organization } = allow(context, 'admin')
    const delivery = await deliveries.queueTest(organization.id, context.req.valid('param').webhookId)
    return context.json(wholeDelivery(delivery), 200)
  })
  app.openapi(contract.listDeliveries, async (context) => {
    const { organization } = allow(context, 'admin')
    const { webhookId } = context.req.valid('param')
    const { state, ...page } = context.req.valid('query')
    if (!(await webhooks.find(organization.id, webhookId))) throw notFound('The webhook')
    const filter = { ...page, ...(state !== undefined && { state }) }
    const { items, total } = await deliveries.list(organization.id, webhookId, filter)
    return context.json({ deliveries: items.map(deliveryView), total }, 200)
  })
  app.openapi(contract.readDelivery, async (context) => {
    const { organization } = allow(context, 'admin')
    const { webhookId, deliveryId } = context.req.valid('param')
    const delivery = await deliveries.find(organization.id, webhookId, deliveryId)
    if (!delivery) throw notFound('The delivery')
    return context.json(wholeDelivery(delivery), 200)
  })
  app.openapi(contract.resendDelivery, async (context) => {
    const { organization } = allow(context, 'admin')
    const { webhookId, deliveryId } = context.req.valid('param')
    return context.json(wholeDelivery(await deliveries.resend(organization.id, webhookId, deliveryId)), 200)
  })
}

/** Names are looked at when something is sent: what they mean can change. */
function refuseInnerAddress({ privateWebhooks }: ControlParts, url: string): void {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  if (privateWebhooks || isIP(host) === 0 || isPublicAddress(host)) return
  throw badRequest(`url: ${host} is no address of the internet; whoever runs this node can allow others.`)
}

async function audit(
  { store }: ControlParts,
  context: Context<ControlEnv>,
  entry: { readonly action: string; readonly targetId: string },
): Promise<void> {
  const { organization, actor } = context.get('access')
  await store.audit.add(organization.id, { ...actor, ...entry, targetType: 'webhook' })
}

const webhookView = (endpoint: WebhookEndpoint): contract.WebhookView => ({
  id: endpoint.id,
  url: endpoint.url,
  description: endpoint.description,
  events: endpoint.events && [...endpoint.events],
  enabled: endpoint.enabled,
  disabledReason: endpoint.disabledReason,
  failingSince: isoTimeOrNull(endpoint.failingSince),
  createdAt: isoTime(endpoint.createdAt),
  updatedAt: isoTime(endpoint.updatedAt),
})

const deliveryView = (delivery: WebhookDelivery): contract.DeliveryView => ({
  id: delivery.id,
  eventType: delivery.eventType,
  state: delivery.state,
  attempts: delivery.attempts,
  nextAttemptAt: isoTimeOrNull(delivery.nextAttemptAt),
  lastAttemptAt: isoTimeOrNull(delivery.lastAttemptAt),
  lastStatus: delivery.lastStatus,
  lastError: delivery.lastError,
  deliveredAt: isoTimeOrNull(delivery.deliveredAt),
  createdAt: isoTime(delivery.createdAt),
})

const wholeDelivery = (delivery: WebhookDelivery) => ({
  ...deliveryView(delivery),
  payload: JSON.parse(delivery.payload) as Record<string, unknown>,
})

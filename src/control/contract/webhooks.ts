import { createRoute, z } from '@hono/zod-openapi'
import { webhookEventTypes } from '../../store/webhooks/event-types.ts'
import { answer, bearer, jsonBody, refusals, statusOk, time } from './answers.ts'
import { organizationPath } from './names.ts'
import { page } from './page.ts'

const offhook = { tags: ['Offhook: webhooks'], security: bearer.tokenOrPrivateKey }
const base = '/v1/offhook/organizations/{org}/webhooks'

const url = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with https:// or http://' })
  .max(2048, 'must have at most 2048 characters')
  .refine(
    (text) => URL.parse(text)?.username === '' && URL.parse(text)?.password === '',
    'must have no user name in it',
  )
  .openapi({ example: 'https://example.com/offhook' })

const events = z
  .array(z.enum(webhookEventTypes))
  .min(1, 'must have at least one entry')
  .nullable()
  .openapi({ description: 'The types of events that it gets. Null: all, also those to come.' })

const description = z.string().max(200, 'must have at most 200 characters').nullable()

const webhook = z
  .object({
    id: z.string(),
    url: z.string(),
    description,
    events: z.array(z.string()).nullable(),
    enabled: z.boolean(),
    disabledReason: z.string().nullable().openapi({ description: 'Why it gets nothing. Null: it does.' }),
    failingSince: time.nullable().openapi({ description: 'Null: the last delivery has succeeded.' }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi('Webhook')

const secret = z
  .string()
  .openapi({ description: 'What deliveries are signed with. Shown this once.', example: 'whsec_…' })

const delivery = z
  .object({
    id: z.string().openapi({ description: 'The header `webhook-id` of every attempt.' }),
    eventType: z.string(),
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    nextAttemptAt: time.nullable(),
    lastAttemptAt: time.nullable(),
    lastStatus: z.int().nullable().openapi({ description: 'HTTP status of the last answer. Null: there was none.' }),
    lastError: z.string().nullable(),
    deliveredAt: time.nullable(),
    createdAt: time,
  })
  .openapi('WebhookDelivery')

const deliveryWithPayload = delivery
  .extend({ payload: z.record(z.string(), z.any()).openapi({ description: 'The body, as it was sent.' }) })
  .openapi('WebhookDeliveryWithPayload')

const inPath = (name: string) => z.string().openapi({ param: { name, in: 'path' } })
const webhookPath = organizationPath.extend({ webhookId: inPath('webhookId') })
const deliveryPath = webhookPath.extend({ deliveryId: inPath('deliveryId') })

export const listWebhooks = createRoute({
  ...offhook,
  method: 'get',
  path: base,
  summary: 'List webhooks',
  request: { params: organizationPath },
  responses: { 200: answer(z.object({ webhooks: z.array(webhook) }), 'All of them.'), ...refusals(403, 404) },
})

export const createWebhook = createRoute({
  ...offhook,
  method: 'post',
  path: base,
  summary: 'Have events sent to a URL; at most ten',
  request: {
    params: organizationPath,
    body: jsonBody(z.object({ url, events: events.optional(), description: description.optional() })),
  },
  responses: {
    201: answer(webhook.extend({ secret }).openapi('CreatedWebhook'), 'The webhook, and its secret.'),
    ...refusals(403, 404, 409),
  },
})

export const readWebhook = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/{webhookId}`,
  summary: 'Read a webhook',
  request: { params: webhookPath },
  responses: { 200: answer(webhook, 'The webhook.'), ...refusals(403, 404) },
})

export const updateWebhook = createRoute({
  ...offhook,
  method: 'patch',
  path: `${base}/{webhookId}`,
  summary: 'Change a webhook, or switch it off and on; what waits for it is sent when it is on again',
  request: {
    params: webhookPath,
    body: jsonBody(
      z.object({
        url: url.optional(),
        events: events.optional(),
        description: description.optional(),
        enabled: z.boolean().optional(),
      }),
    ),
  },
  responses: { 200: answer(webhook, 'The webhook.'), ...refusals(403, 404) },
})

export const deleteWebhook = createRoute({
  ...offhook,
  method: 'delete',
  path: `${base}/{webhookId}`,
  summary: 'Remove a webhook with its deliveries',
  request: { params: webhookPath },
  responses: { 200: answer(statusOk, 'It is removed.'), ...refusals(403, 404) },
})

export const rotateWebhookSecret = createRoute({
  ...offhook,
  method: 'post',
  path: `${base}/{webhookId}/secret`,
  summary: 'Make a new secret; for 24 hours deliveries are signed with both',
  request: { params: webhookPath },
  responses: { 200: answer(z.object({ secret }), 'The new secret.'), ...refusals(403, 404) },
})

export const testWebhook = createRoute({
  ...offhook,
  method: 'post',
  path: `${base}/{webhookId}/test`,
  summary: 'Send an event of the type webhook.test',
  request: { params: webhookPath },
  responses: { 200: answer(deliveryWithPayload, 'The delivery, under way.'), ...refusals(403, 404, 409) },
})

export const listDeliveries = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/{webhookId}/deliveries`,
  summary: 'List what was sent to a webhook, or is to be; the latest first',
  request: {
    params: webhookPath,
    query: z.object({
      state: delivery.shape.state.optional(),
      ...page,
    }),
  },
  responses: {
    200: answer(z.object({ deliveries: z.array(delivery), total: z.int() }), 'A page of deliveries.'),
    ...refusals(403, 404),
  },
})

export const readDelivery = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/{webhookId}/deliveries/{deliveryId}`,
  summary: 'Read a delivery, with what was sent',
  request: { params: deliveryPath },
  responses: { 200: answer(deliveryWithPayload, 'The delivery.'), ...refusals(403, 404) },
})

export const resendDelivery = createRoute({
  ...offhook,
  method: 'post',
  path: `${base}/{webhookId}/deliveries/{deliveryId}/resend`,
  summary: 'Send a delivery again, with the same id',
  request: { params: deliveryPath },
  responses: { 200: answer(deliveryWithPayload, 'The delivery, under way.'), ...refusals(403, 404, 409) },
})

export type EventTypes = NonNullable<z.infer<typeof events>>
export type WebhookView = z.infer<typeof webhook>
export type DeliveryView = z.infer<typeof delivery>

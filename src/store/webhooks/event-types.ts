/** What a webhook can tell. */
export const webhookEventTypes = [
  'session.started',
  'session.ended',
  'message.left',
  'deployment.created',
  'deployment.updated',
  'deployment.active',
  'deployment.failed',
  'api_key.created',
  'api_key.revoked',
  'secret.created',
  'secret.updated',
  'secret.deleted',
] as const

export type WebhookEventType = (typeof webhookEventTypes)[number]

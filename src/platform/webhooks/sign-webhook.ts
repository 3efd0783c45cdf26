import { createHmac } from 'node:crypto'

interface Message {
  readonly id: string
  /** Seconds since the epoch. */
  readonly timestamp: number
  readonly body: string
}

/** The `webhook-signature` header of Standard Webhooks: a signature by each secret (`whsec_…`), separated by spaces. */
export function signWebhook({ id, timestamp, body }: Message, secrets: readonly string[]): string {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return signatures.join(' ')
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { failed, type Parsed, parsed } from '../lib/parsed.ts'

/** What a ticket says. It is good for one call of one agent. */
export interface Ticket {
  readonly organization: string
  readonly agent: string
  readonly callId: string
  /** Milliseconds since the epoch; the first stream must come before. */
  readonly firstUseBefore: number
}

const prefix = 't1_'

/** Mints and reads the credentials in stream URLs. Tickets of another office are not good. */
export class TicketOffice {
  readonly #key: Buffer

  constructor(key: Buffer = randomBytes(32)) {
    this.#key = key
  }

  mint({ organization, agent, callId, firstUseBefore }: Ticket): string {
    const payload = Buffer.from(JSON.stringify([organization, agent, callId, firstUseBefore])).toString('base64url')
    return `${prefix}${payload}.${this.#sign(payload)}`
  }

  read(text: string): Parsed<Ticket> {
    const [payload, signature, ...rest] = text.slice(prefix.length).split('.')
    if (!text.startsWith(prefix) || !payload || !signature || rest.length > 0) return failed('ticket', 'is malformed')
    const wanted = Buffer.from(this.#sign(payload))
    const given = Buffer.from(signature)
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) {
      return failed('ticket', 'was not issued by this node, or was altered')
    }
    // Signed by us: what is inside is what `mint` wrote.
    const [organization, agent, callId, firstUseBefore] = JSON.parse(
      Buffer.from(payload, 'base64url').toString('utf8'),
    ) as [string, string, string, number]
    return parsed({ organization, agent, callId, firstUseBefore })
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.#key).update(prefix).update(payload).digest('base64url')
  }
}

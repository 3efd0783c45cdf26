import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { failed, type Parsed, parsed } from '../lib/parsed.ts'

/** What a token stands for: one session of one agent, that begins when a socket connects with it. */
export interface StartGrant {
  /** `agent.organization`. */
  readonly serviceHost: string
  readonly sessionId: string
}

export interface StartTokensOptions {
  readonly clock: Clock
  /** Nodes that share it accept each other's tokens. */
  readonly key: Buffer
  /** True the first time that a nonce comes; it may be forgotten after `expiresAt`, milliseconds since the epoch. */
  readonly useOnce: (organization: string, nonce: string, expiresAt: number) => Promise<boolean>
}

interface Payload {
  readonly sh: string
  /** Seconds since the epoch. */
  readonly exp: number
  readonly nonce: string
  readonly sid: string
}

const lifetimeSeconds = 300

/**
 * Mints and takes the tokens of `/start` with `transport: "websocket"`, in the form that the hosted platform's have:
 * `base64url(JSON) + "." + base64url(HMAC-SHA256)`. Each is good once, for five minutes, for one agent.
 */
export class StartTokens {
  readonly #options: StartTokensOptions

  constructor(options: StartTokensOptions) {
    this.#options = options
  }

  mint({ serviceHost, sessionId }: StartGrant): string {
    const exp = Math.floor(this.#options.clock.now() / 1000) + lifetimeSeconds
    const payload: Payload = { sh: serviceHost, exp, nonce: randomBytes(16).toString('base64url'), sid: sessionId }
    const text = Buffer.from(JSON.stringify(payload)).toString('base64url')
    return `${text}.${this.#sign(text)}`
  }

  /** Takes a token that came with a socket for `serviceHost`. A second time it is refused. */
  async redeem(token: string, serviceHost: string): Promise<Parsed<StartGrant>> {
    const payload = this.#read(token)
    if (!payload.ok) return payload
    const { sh, exp, nonce, sid } = payload.value
    if (sh !== serviceHost) return failed('token', `is for ${sh}, not for ${serviceHost}`)
    if (this.#options.clock.now() > exp * 1000) {
      return failed('token', `expired: it is good for ${lifetimeSeconds} s; ask /start for a new one`)
    }
    const organization = sh.slice(sh.indexOf('.') + 1)
    const isFirst = await this.#options.useOnce(organization, nonce, exp * 1000)
    return isFirst
      ? parsed({ serviceHost: sh, sessionId: sid })
      : failed('token', 'was used already; ask /start for a new one')
  }

  #read(token: string): Parsed<Payload> {
    const [text, signature, ...rest] = token.split('.')
    if (!text || !signature || rest.length > 0) return failed('token', 'is malformed')
    const wanted = Buffer.from(this.#sign(text))
    const given = Buffer.from(signature)
    if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) {
      return failed('token', 'was not issued here, or was altered')
    }
    // Signed by us: what is inside is what `mint` wrote.
    return parsed(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Payload)
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#options.key).update('offhook start token\n').update(text).digest('base64url')
  }
}

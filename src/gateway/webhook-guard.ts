import type { Context } from 'hono'
import type { Log } from '../lib/log.ts'
import { describeFailure, type Parsed } from '../lib/parsed.ts'
import type { Agent } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import type { IncomingRequest, PlivoRequest, PlivoVerifier } from './plivo-request.ts'

/** Whoever serves the webhooks hands over the request as it came in, beside the `Request`: signatures need it. */
export type WebhookEnv = { Bindings: { readonly incoming: IncomingRequest } }
export type WebContext = Context<WebhookEnv>

export interface WebhookGuardOptions {
  readonly verifier: PlivoVerifier
  readonly calls: CallRegistry
  /** What happens to a webhook that Plivo did not sign: `warn` lets it pass. */
  readonly unsignedWebhooks: 'refuse' | 'warn'
  readonly log: Log
}

/** Lets in what Plivo has signed. */
export class WebhookGuard {
  readonly #options: WebhookGuardOptions

  constructor(options: WebhookGuardOptions) {
    this.#options = options
  }

  read(context: WebContext): Promise<PlivoRequest> {
    return this.#options.verifier.readWebhook(context.env.incoming)
  }

  /** The answer to a request that may not come in. */
  refuse(context: WebContext, request: PlivoRequest, agent: Agent | undefined): Response | undefined {
    const organization = agent?.organization
    const signature = request.signatureFor(organization)
    if (signature === 'valid') return undefined
    const { unsignedWebhooks, verifier, log } = this.#options
    const { path } = context.req
    const fix =
      verifier.tokensFor(organization).length > 0
        ? 'check that PLIVO_AUTH_TOKEN, or what the organization was given with offhook plivo set, is the token of the account that owns the number, and OFFHOOK_PUBLIC_URL the address Plivo asks'
        : 'set PLIVO_AUTH_TOKEN, or give the organization an account with offhook plivo set'
    if (unsignedWebhooks === 'warn' || agent?.webSocketAuth === 'none') {
      log.warn({ path, organization, signature, fix }, 'a webhook without a valid Plivo signature was let through')
      return undefined
    }
    log.warn({ path, organization, signature, fix }, 'a webhook without a valid Plivo signature was refused')
    return context.json({ error: `the Plivo signature is ${signature}` }, 403)
  }

  /** Reads a notice about a call that may or may not be known. */
  async readNotice<T extends { readonly callUuid: string }>(
    context: WebContext,
    parse: (request: PlivoRequest) => Parsed<T>,
  ): Promise<T | Response> {
    const request = await this.read(context)
    const notice = parse(request)
    if (!notice.ok) return context.json({ error: describeFailure(notice) }, 400)
    const agent = this.#options.calls.agentOf(notice.value.callUuid)
    return this.refuse(context, request, agent) ?? notice.value
  }
}

export const xml = (context: WebContext, document: string) =>
  context.body(document, 200, { 'content-type': 'application/xml; charset=utf-8' })

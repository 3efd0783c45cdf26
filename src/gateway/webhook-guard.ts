import type { Context } from 'hono'
import type { Log } from '../lib/log.ts'
import { messageOf } from '../lib/errors.ts'
import { describeFailure, type Parsed } from '../lib/parsed.ts'
import type { Agent } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import type { CallOwner, KeptCalls } from '../sessions/kept-calls.ts'
import type { IncomingRequest, PlivoRequest, PlivoVerifier } from './plivo-request.ts'

/** Whoever serves the webhooks hands over the request as it came in, beside the `Request`: signatures need it. */
export type WebhookEnv = { Bindings: { readonly incoming: IncomingRequest } }
export type WebContext = Context<WebhookEnv>

export interface Notice<T> {
  readonly value: T
  /** Whose call it may speak of: of those who have it here, or on record, the ones with whose token it is signed. */
  readonly owners: readonly CallOwner[]
}

export interface WebhookGuardOptions {
  readonly verifier: PlivoVerifier
  readonly calls: CallRegistry
  /** Calls that outlive the node. Default: none does. */
  readonly keptCalls?: KeptCalls | undefined
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
    const isOpen = agent?.webSocketAuth === 'none'
    return this.#refuse(context, request, { organization, isOpen, fix: this.#fixFor(organization) })
  }

  #refuse(
    context: WebContext,
    request: PlivoRequest,
    { organization, isOpen = false, fix }: { organization: string | undefined; isOpen?: boolean; fix: string },
  ): Response | undefined {
    const signature = request.signatureFor(organization)
    if (signature === 'valid') return undefined
    const { unsignedWebhooks, log } = this.#options
    const { path } = context.req
    if (unsignedWebhooks === 'warn' || isOpen) {
      log.warn({ path, organization, signature, fix }, 'a webhook without a valid Plivo signature was let through')
      return undefined
    }
    log.warn({ path, organization, signature, fix }, 'a webhook without a valid Plivo signature was refused')
    return context.json({ error: `the Plivo signature is ${signature}` }, 403)
  }

  #fixFor(organization: string | undefined): string {
    return this.#options.verifier.tokensFor(organization).length > 0
      ? 'check that PLIVO_AUTH_TOKEN, or what the organization was given with offhook plivo set, is the token of the account that owns the number, and OFFHOOK_PUBLIC_URL the address Plivo asks'
      : 'set PLIVO_AUTH_TOKEN, or give the organization an account with offhook plivo set'
  }

  /** Reads a notice about a call that may or may not be known: the node may have forgotten it, or never had it. */
  async readNotice<T extends { readonly callUuid: string }>(
    context: WebContext,
    parse: (request: PlivoRequest) => Parsed<T>,
  ): Promise<Notice<T> | Response> {
    const request = await this.read(context)
    const notice = parse(request)
    if (!notice.ok) return context.json({ error: describeFailure(notice) }, 400)
    const { value } = notice
    const agent = this.#options.calls.agentOf(value.callUuid)
    if (agent) return this.refuse(context, request, agent) ?? { value, owners: [{ organization: agent.organization }] }
    if (request.signatureFor(undefined) === 'missing')
      return this.refuse(context, request, undefined) ?? { value, owners: [] }
    const recorded = await this.#ownersOf(value.callUuid)
    const signers = recorded.filter((organization) => request.signatureFor(organization) === 'valid')
    if (signers.length > 0) return { value, owners: signers.map((organization) => ({ organization })) }
    const [organization] = recorded
    const fix = organization === undefined ? unknownFix : this.#fixFor(organization)
    return this.#refuse(context, request, { organization, fix }) ?? { value, owners: [] }
  }

  async #ownersOf(callId: string): Promise<readonly string[]> {
    const { keptCalls, log } = this.#options
    try {
      return (await keptCalls?.organizationsOf(callId)) ?? []
    } catch (error) {
      log.warn({ call: callId, error: messageOf(error) }, 'whose call it was cannot be read')
      return []
    }
  }
}

const unknownFix =
  'nothing is lost: the notice is about a call that is not on record here. If there are many, check PLIVO_AUTH_TOKEN, and that the calls of these numbers are answered by this installation'

export const xml = (context: WebContext, document: string) =>
  context.body(document, 200, { 'content-type': 'application/xml; charset=utf-8' })

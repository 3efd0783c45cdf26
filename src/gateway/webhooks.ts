import { Hono } from 'hono'
import { type AudioFormat, l16At16k, l16At8k, mulaw8k } from '../audio/format.ts'
import type { Log } from '../lib/log.ts'
import { describeFailure } from '../lib/parsed.ts'
import { type CallWebhook, parseCallWebhook, parseStreamStatus, parseStreamStatusBody } from '../plivo/index.ts'
import { type Agent, type AgentDirectory, serviceHost } from '../sessions/agent.ts'
import { longestRingMs } from '../sessions/call-policy.ts'
import type { Carrier } from '../sessions/carrier/carrier.ts'
import type { CallOwner } from '../sessions/kept-calls.ts'
import { shortages } from './admission.ts'
import type { Answers } from './answer.ts'
import { parseCallBody } from './call-body.ts'
import { addDetourWebhooks } from './detour-webhooks.ts'
import { nodeProof, nonceHeader, proofHeader } from './node-proof.ts'
import { addOverflowWebhooks } from './overflow-webhooks.ts'
import { BadHostError } from './public-url.ts'
import { BodyTooLargeError, type PlivoRequest, SenderLeftError } from './plivo-request.ts'
import { type WebContext, type WebhookEnv, WebhookGuard, type WebhookGuardOptions, xml } from './webhook-guard.ts'

/** `address`: of whoever asks. */
export type AnswerOthers = (request: Request, address: string) => Response | Promise<Response>

export interface WebhookOptions extends WebhookGuardOptions {
  readonly agents: AgentDirectory
  readonly answers: Answers
  /** With it the node shows to who knows the token that it is this one. */
  readonly proofToken?: string | undefined
  /** Agents are still coming up. Default: they are there. */
  readonly isStarting?: (() => boolean) | undefined
  readonly simulatedCarrier: ((apiUrl: string) => Carrier) | undefined
  /** Answers requests that are not Plivo's. */
  readonly otherwise?: AnswerOthers | undefined
}

/** Formats that an answer URL may ask for with `&audio=`. */
const audioNames: Readonly<Record<string, AudioFormat>> = {
  mulaw: mulaw8k,
  'l16-8k': l16At8k,
  'l16-16k': l16At16k,
}

/** The URLs that Plivo asks during a call. */
export function createWebhooks(options: WebhookOptions): Hono<WebhookEnv> {
  const guard = new WebhookGuard(options)
  const webhooks = new Webhooks(options, guard)
  const app = new Hono<WebhookEnv>()
  for (const path of ['/healthz', '/livez']) {
    app.get(path, (context) => {
      const { proofToken } = options
      const proof = proofToken === undefined ? undefined : nodeProof(proofToken, context.req.header(nonceHeader))
      return context.json({ status: 'ok' }, 200, proof === undefined ? {} : { [proofHeader]: proof })
    })
  }
  app.get('/readyz', (context) => {
    if (options.calls.draining) return context.json({ status: 'draining' }, 503)
    return options.isStarting?.() === true ? context.json({ status: 'starting' }, 503) : context.json({ status: 'ok' })
  })
  const methods = ['GET', 'POST']
  app.use(async (context, next) => {
    // Hono answers HEAD as GET, and a webhook changes things.
    const harmless = context.req.raw.method !== 'HEAD' || !context.req.path.startsWith('/plivo')
    return harmless ? next() : context.body(null, 405, { allow: 'GET, POST' })
  })
  app.on(methods, '/plivo-xml', (context) => webhooks.answer(context))
  addDetourWebhooks(app, { ...options, guard })
  addOverflowWebhooks(app, { ...options, guard })
  app.on(methods, '/plivo/hangup', (context) => webhooks.hangup(context))
  app.on(methods, '/plivo/stream-status', (context) => webhooks.streamStatus(context))
  app.notFound((context) => {
    const { otherwise } = options
    if (otherwise && !context.req.path.startsWith('/plivo'))
      return otherwise(context.req.raw, options.verifier.clientOf(context.env.incoming))
    return context.json({ error: `there is nothing at ${context.req.path}` }, 404)
  })
  app.onError((error, context) => {
    if (error instanceof BodyTooLargeError) return context.json({ error: error.message }, 413)
    if (error instanceof BadHostError) return context.json({ error: error.message }, 400)
    if (error instanceof SenderLeftError) {
      options.log.debug({ path: context.req.path }, 'a webhook broke off: its sender left')
      return context.json({ error: error.message }, 400)
    }
    options.log.error({ err: error, path: context.req.path }, 'a webhook failed')
    return context.json({ error: 'internal error' }, 500)
  })
  return app
}

class Webhooks {
  readonly #options: WebhookOptions
  readonly #guard: WebhookGuard
  readonly #log: Log

  constructor(options: WebhookOptions, guard: WebhookGuard) {
    this.#options = options
    this.#guard = guard
    this.#log = options.log
  }

  async answer(context: WebContext): Promise<Response> {
    const request = await this.#guard.read(context)
    const agent = await this.#agentOf(context, request)
    if (agent instanceof Response) return agent
    const refusal = this.#guard.refuse(context, request, agent)
    if (refusal) return refusal
    const webhook = parseCallWebhook(request.params)
    if (!webhook.ok) return context.json({ error: describeFailure(webhook) }, 400)
    if (webhook.value.kind === 'hangup') return this.#endCallOf(context, request, agent, webhook.value)
    if (webhook.value.kind !== 'answer' && webhook.value.kind !== 'redirect') return context.body('', 200)
    return this.#openCall(context, request, agent, webhook.value)
  }

  async hangup(context: WebContext): Promise<Response> {
    const webhook = await this.#guard.readNotice(context, ({ params }) => parseCallWebhook(params))
    return webhook instanceof Response ? webhook : this.#endCall(context, webhook.value, webhook.owners)
  }

  async streamStatus(context: WebContext): Promise<Response> {
    const notice = await this.#guard.readNotice(context, ({ method, params, contentType, body }) =>
      method === 'POST' ? parseStreamStatusBody(contentType, body) : parseStreamStatus(params),
    )
    if (notice instanceof Response) return notice
    const { callUuid, event, reason, status } = notice.value
    const bad = status === 'dropped' || status === 'degraded'
    const { answers, calls } = this.#options
    const agent = calls.agentOf(callUuid)
    // A webhook for every checkpoint would be dozens a second in each call. Whoever knows no call of ours decides nothing.
    if (status === 'played' && agent) answers.endStatusCallbacks(agent.organization)
    this.#log[bad ? 'warn' : 'debug']({ call: callUuid, event, reason }, 'stream status from Plivo')
    return context.body('', 200)
  }

  async #agentOf(context: WebContext, { params }: PlivoRequest): Promise<Agent | Response> {
    const name = params.get('agent')
    const organization = params.get('org')
    if (!name) return context.json({ error: 'agent is missing: ask /plivo-xml?agent=…&org=…' }, 400)
    if (!organization) return context.json({ error: 'org is missing: ask /plivo-xml?agent=…&org=…' }, 400)
    const { agents, isStarting } = this.#options
    await agents.arrival?.(organization, name)
    const agent = agents.find(organization, name)
    if (agent) return agent
    const wanted = serviceHost({ name, organization })
    if (isStarting?.() === true) {
      this.#log.warn({ wanted }, 'a call came for an agent that is not up yet')
      return context.json({ error: `${wanted} is not up yet: the node is starting` }, 503, { 'retry-after': '5' })
    }
    this.#log.warn({ wanted, agents: agents.list() }, 'an answer URL names an agent that is not here')
    return context.json({ error: `there is no agent ${wanted}` }, 404)
  }

  async #openCall(context: WebContext, request: PlivoRequest, agent: Agent, webhook: CallWebhook): Promise<Response> {
    const { answers, calls } = this.#options
    const body = parseCallBody(request.params.get('body'))
    if (!body.ok) return context.json({ error: describeFailure(body) }, 400)
    const audio = request.params.get('audio')
    if (audio !== null && !Object.hasOwn(audioNames, audio)) {
      return context.json({ error: `audio must be one of ${Object.keys(audioNames).join(', ')}` }, 400)
    }
    const { callUuid: callId, from, to, direction } = webhook
    const facts = {
      callId,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(direction !== undefined && { direction }),
      ...(body.value !== undefined && { body: body.value }),
    }
    const verified = request.signatureFor(agent.organization) === 'valid'
    const carrier = this.#carrierOf(request)
    const opened = calls.open({ mayQueue: true, facts, agent, verified, carrier, audio: audioNames[audio ?? ''] })
    if (opened.type === 'open') {
      const { ringUntilReadyMs = 0 } = agent.policy ?? {}
      if (ringUntilReadyMs > 0 && !calls.queued.includes(opened.call.session))
        await opened.call.session.untilAnswered(Math.min(ringUntilReadyMs, longestRingMs))
      const document = answers.first(opened.call, request.base)
      opened.call.session.answered()
      return xml(context, document)
    }
    const gets = opened.type === 'full' ? calls.overflow.refuse(facts, agent) : undefined
    const reason = opened.type === 'full' ? shortages[opened.shortage].reason : undefined
    const refused = { call: callId, why: opened.type, reason, active: calls.active, gets: gets?.type }
    this.#log.warn(refused, 'a call was not taken')
    if (opened.type === 'foreign') return context.json({ error: 'the call belongs to another agent' }, 403)
    if (!gets) return xml(context, answers.hangUp())
    const isAnswered = webhook.callStatus !== 'ringing'
    return xml(context, answers.overflow(gets, { agent, base: request.base, isAnswered }))
  }

  /** A simulated call has the API that controls it with it. */
  #carrierOf({ params, isSimulated }: PlivoRequest): Carrier | undefined {
    if (!isSimulated) return undefined
    const apiUrl = params.get('plivoApi')
    const isHere = apiUrl !== null && URL.parse(apiUrl)?.hostname === '127.0.0.1'
    return isHere ? this.#options.simulatedCarrier?.(apiUrl) : undefined
  }

  /** A hangup at an agent's answer address: it may end that agent's calls only. */
  #endCallOf(context: WebContext, request: PlivoRequest, agent: Agent, webhook: CallWebhook): Response {
    const owner = this.#options.calls.agentOf(webhook.callUuid)
    const isForeign = owner && serviceHost(owner) !== serviceHost(agent)
    if (isForeign && request.signatureFor(owner.organization) !== 'valid') {
      return context.json({ error: 'the call belongs to another agent' }, 403)
    }
    return this.#endCall(context, webhook, [agent])
  }

  /** `owners`: whose call it may be when it is not here. */
  #endCall(context: WebContext, webhook: CallWebhook, owners: readonly CallOwner[]): Response {
    const told = webhook.kind === 'hangup' ? webhook : undefined
    const cause = told?.hangupCauseName ?? told?.hangupCause
    const detail = [cause, told?.hangupSource].filter((text) => text !== undefined).join(', ')
    const durationMs = told?.durationSeconds === undefined ? undefined : told.durationSeconds * 1000
    const why = `hangup webhook${detail === '' ? '' : `: ${detail}`}`
    const { calls, keptCalls } = this.#options
    // The caller did not wait for the node to come back, or another node has the call.
    if (!calls.find(webhook.callUuid)) keptCalls?.end(webhook.callUuid, { cause, durationMs }, owners)
    calls.hangUp(webhook.callUuid, why, { cause, durationMs })
    return context.body('', 200)
  }
}

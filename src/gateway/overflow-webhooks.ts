import type { Hono } from 'hono'
import { parseCallWebhook } from '../plivo/index.ts'
import type { Agent, AgentDirectory } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import { overflowFallbacks } from '../sessions/overflow/overflow.ts'
import type { Answers } from './answer.ts'
import { cameBack, recordedIn } from './came-back.ts'
import type { PlivoRequest } from './plivo-request.ts'
import { type WebContext, type WebhookEnv, type WebhookGuard, xml } from './webhook-guard.ts'

interface OverflowWebhookOptions {
  readonly agents: AgentDirectory
  readonly calls: CallRegistry
  readonly answers: Answers
  readonly guard: WebhookGuard
  /** Agents are still coming up. Default: they are there. */
  readonly isStarting?: (() => boolean) | undefined
}

/** What Plivo asks and tells of calls that had no place. All that is to be known of them stands in the URL. */
export function addOverflowWebhooks(app: Hono<WebhookEnv>, options: OverflowWebhookOptions): void {
  const { agents, calls, answers, guard, isStarting } = options
  const methods = ['GET', 'POST']

  const about = async (
    context: WebContext,
    reply: (callId: string, agent: Agent, request: PlivoRequest) => Response,
  ): Promise<Response> => {
    const { org = '', agent: name = '' } = context.req.query()
    const request = await guard.read(context)
    await agents.arrival?.(org, name)
    const agent = agents.find(org, name)
    const refusal = guard.refuse(context, request, agent)
    if (refusal) return refusal
    // A caller may leave a message while the node is started anew.
    if (!agent && isStarting?.() === true)
      return context.json({ error: 'the node is starting' }, 503, { 'retry-after': '5' })
    const webhook = parseCallWebhook(request.params)
    // What was deleted meanwhile has no more to say, and nobody speaks of another's call.
    const owner = webhook.ok ? calls.overflow.agentOf(webhook.value.callUuid) : undefined
    const isForeign = owner !== undefined && owner.organization !== agent?.organization
    return agent && webhook.ok && !isForeign
      ? reply(webhook.value.callUuid, agent, request)
      : xml(context, answers.hangUp())
  }

  app.on(methods, '/plivo/overflow/next', (context) =>
    about(context, (callId, agent, { params, base }) => {
      const type = overflowFallbacks.find((kind) => kind === context.req.query('gets')) ?? 'apology'
      const step = calls.overflow.cameBack(callId, { type }, cameBack(params))
      return xml(context, answers.afterOverflow(step, { type }, { agent, base }))
    }),
  )

  app.on(methods, '/plivo/overflow/recorded', (context) =>
    about(context, (callId, agent, request) => {
      const recorded = recordedIn(request.params)
      // Where anybody may ask, nobody leaves a message for a call that was never here.
      const isOurs =
        request.signatureFor(agent.organization) === 'valid' || calls.overflow.agentOf(callId) !== undefined
      if (recorded && isOurs) void calls.overflow.recorded(callId, agent, recorded)
      return context.body('', 200)
    }),
  )
}

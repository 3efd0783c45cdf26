import { describeFailure, type Parsed } from '../lib/parsed.ts'
import type { Agent, AgentDirectory } from '../sessions/agent.ts'
import { serviceHost } from '../sessions/agent.ts'
import type { Shortage } from '../sessions/live-sessions.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import type { CarrierCall } from '../sessions/carrier/carrier-call.ts'
import { parseCallBody } from './call-body.ts'
import type { TicketOffice } from './ticket.ts'

/** What is known of a stream when it asks to be let in. */
export interface UpgradeRequest {
  /** Last segment of the path behind `/ws/plivo/`, decoded; undefined when there is none. */
  readonly ticket: string | undefined
  readonly query: URLSearchParams
  readonly signature: 'with-query' | 'without-query' | 'no'
}

export type Admission =
  | {
      readonly admitted: true
      readonly agent: Agent
      readonly body: unknown
      /** The call that a ticket names: no other may start on this stream. */
      readonly call: CarrierCall | undefined
      /** The id that the session is to have, when it was given out before. */
      readonly sessionId?: string
      /** Nothing vouches for the query, so that the call must be known from a signed webhook. */
      readonly needsVerifiedCall: boolean
    }
  | Refusal

export interface Refusal {
  readonly admitted: false
  readonly status: 400 | 403 | 404 | 429
  /** For the log: what is wrong. */
  readonly reason: string
  /** For the log: what to do about it. */
  readonly fix: string
}

interface Parts {
  readonly agents: AgentDirectory
  readonly calls: CallRegistry
  readonly tickets: TicketOffice
  /** Milliseconds since the epoch. */
  readonly now: number
}

const fullFix =
  'wait for a call to end; offhook ps shows what the node is short of, unless OFFHOOK_MAX_CALLS says how many'

export const refuse = (status: Refusal['status'], reason: string, fix: string): Refusal => ({
  admitted: false,
  status,
  reason,
  fix,
})

/** What is said of each. */
export const shortages: Readonly<Record<Shortage, Refusal>> = {
  node: refuse(429, 'the node has as many sessions as it takes', fullFix),
  agent: refuse(
    429,
    'the agent has as many sessions as it may (max_agents)',
    'wait for one to end, or raise max_agents',
  ),
  share: refuse(
    429,
    'the organization has its share of the node, whose last places are kept for others (OFFHOOK_RESERVE_PERCENT)',
    'wait for one of its sessions to end; offhook ps shows them',
  ),
}

/** Undefined: there is a place for the agent. */
export function refuseShortage(calls: Pick<CallRegistry, 'shortageOf'>, agent: Agent): Refusal | undefined {
  const shortage = calls.shortageOf(agent)
  return shortage && shortages[shortage]
}

/** Decides before the upgrade whether a stream may come in. Allocates nothing when it may not. */
export function admitUpgrade(request: UpgradeRequest, parts: Parts): Admission {
  const agent = findAgent(request.query.get('serviceHost') ?? '', parts.agents)
  if ('admitted' in agent) return agent
  const body = parseCallBody(request.query.get('body'))
  if (!body.ok) return refuse(400, describeFailure(body), 'send base64 of a JSON object, percent-encoded')
  if (request.ticket !== undefined) return admitTicket(request.ticket, agent, body.value, parts)
  const shortage = refuseShortage(parts.calls, agent)
  if (shortage) return shortage
  if (agent.webSocketAuth === 'none') {
    return { admitted: true, agent, body: body.value, call: undefined, needsVerifiedCall: false }
  }
  if (request.signature === 'no') {
    return refuse(
      403,
      'no ticket, and no valid Plivo signature on the upgrade',
      'let the number ask /plivo-xml of this node, or set PLIVO_AUTH_TOKEN (offhook plivo set for one organization), or set websocket_auth = "none"',
    )
  }
  const needsVerifiedCall = request.signature === 'without-query'
  return { admitted: true, agent, body: body.value, call: undefined, needsVerifiedCall }
}

/** Takes a token of `/start`; it is good once. */
export type RedeemToken = (token: string, serviceHost: string) => Promise<Parsed<{ readonly sessionId: string }>>

/** Decides on a stream that brings a token of `/start`, in place of a ticket or a signature. */
export async function admitToken(
  token: string,
  query: URLSearchParams,
  { agents, calls, redeem }: Pick<Parts, 'agents' | 'calls'> & { readonly redeem: RedeemToken },
): Promise<Admission> {
  const agent = findAgent(query.get('serviceHost') ?? '', agents)
  if ('admitted' in agent) return agent
  const body = parseCallBody(query.get('body'))
  if (!body.ok) return refuse(400, describeFailure(body), 'send base64 of a JSON object, percent-encoded')
  // Before the token is spent.
  const shortage = refuseShortage(calls, agent)
  if (shortage) return shortage
  const grant = await redeem(token, serviceHost(agent))
  if (!grant.ok)
    return refuse(403, describeFailure(grant), 'ask /start for a token of this agent; each is good once, for 5 minutes')
  const { sessionId } = grant.value
  return { admitted: true, agent, body: body.value, call: undefined, needsVerifiedCall: false, sessionId }
}

/** `host` is `agent.organization`. */
export function findAgent(host: string, agents: AgentDirectory): Agent | Refusal {
  const dot = host.indexOf('.')
  if (dot < 1 || dot === host.length - 1) {
    return refuse(
      400,
      `serviceHost ${host === '' ? 'is missing' : `is "${host}"`}`,
      'write serviceHost=agent.organization',
    )
  }
  const agent = agents.find(host.slice(dot + 1), host.slice(0, dot))
  return agent ?? refuse(404, `there is no agent ${host}`, `there is: ${agents.list().join(', ') || 'none'}`)
}

function admitTicket(text: string, agent: Agent, body: unknown, { calls, tickets, now }: Parts): Admission {
  const askAgain = 'a stream URL is good for the call it was given out for; ask /plivo-xml again'
  const ticket = tickets.read(text)
  if (!ticket.ok) return refuse(403, describeFailure(ticket), askAgain)
  const { organization, agent: name, callId, firstUseBefore } = ticket.value
  if (serviceHost({ organization, name }) !== serviceHost(agent)) {
    return refuse(
      403,
      `the ticket is for ${serviceHost({ organization, name })}, not for ${serviceHost(agent)}`,
      askAgain,
    )
  }
  const call = calls.find(callId)
  if (!call) return refuse(403, 'the call of this ticket is over', askAgain)
  if (call.streamsStarted === 0 && now > firstUseBefore) {
    return refuse(403, 'the ticket has expired: its first stream came more than 5 minutes after the answer', askAgain)
  }
  switch (calls.admit(call)) {
    case 'over':
      return refuse(403, 'the call of this ticket is over', askAgain)
    case 'live':
      return refuse(403, 'the call of this ticket has a live stream', 'one stream at a time')
    case 'full':
      return refuse(429, 'the node has as many calls as it takes', fullFix)
    case undefined:
      return { admitted: true, agent, body, call, needsVerifiedCall: false }
  }
}

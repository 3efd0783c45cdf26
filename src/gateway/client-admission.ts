import { describeFailure } from '../lib/parsed.ts'
import type { Agent, AgentDirectory } from '../sessions/agent.ts'
import { serviceHost } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import { findAgent, type RedeemToken, type Refusal, refuse, refuseShortage } from './admission.ts'
import { parseCallBody, repairedBody } from './call-body.ts'

/** What is known of a client of `/ws/generic` when it asks to be let in. */
export interface ClientRequest {
  /** Of the path behind `/ws/generic`, as they came. */
  readonly segments: readonly string[]
  /** Without `?`. */
  readonly query: string
  readonly authorization: string | undefined
}

export interface ClientAdmission {
  readonly admitted: true
  readonly agent: Agent
  readonly body: unknown
  /** The id that the session is to have, when it was given out before. */
  readonly sessionId: string | undefined
  /** For the bot: the client's query without what was for the node, with `body` as every bot can read it. */
  readonly query: string
}

interface Parts {
  readonly agents: AgentDirectory
  readonly calls: CallRegistry
  /** Undefined: there are no tokens. */
  readonly redeem: RedeemToken | undefined
}

const tokenFix = 'ask /start with transport "websocket" for a token of this agent; each is good once, for 5 minutes'

/** Decides before the upgrade whether a client may come in, and spends its token last. */
export async function admitClient(request: ClientRequest, parts: Parts): Promise<ClientAdmission | Refusal> {
  const parameters = new URLSearchParams(request.query)
  const place = placeOf(request.segments, parameters)
  if (!place) return refuse(404, 'there is nothing that deep', 'connect to /ws/generic/agent.organization')
  const { host, segment } = place
  const [name = '', ...organization] = host.split('.')
  await parts.agents.arrival?.(organization.join('.'), name)
  const agent = findAgent(host, parts.agents)
  if ('admitted' in agent) return agent
  const body = parseCallBody(parameters.get('body'))
  if (!body.ok) return refuse(400, describeFailure(body), 'send base64 of a JSON object, percent-encoded')
  const shortage = refuseShortage(parts.calls, agent)
  if (shortage) return shortage
  const [, bearer] = /^Bearer (\S+)$/i.exec(request.authorization ?? '') ?? []
  const sessionId = await redeem(bearer ?? parameters.get('token') ?? segment, agent, parts)
  if (typeof sessionId === 'object') return sessionId
  return { admitted: true, agent, body: body.value, sessionId, query: forwarded(request.query) }
}

/** The service host stands in the path or in the query, a token behind the path: `{wsUrl}/{token}`. */
function placeOf(segments: readonly string[], query: URLSearchParams) {
  const [first, second, ...more] = segments
  const named = query.get('serviceHost')
  if (more.length > 0) return undefined
  if (named === null || second !== undefined) return { host: first ?? '', segment: second }
  return { host: named, segment: first }
}

/** The id that the token gives the session; without one, an agent that wants none lets the client in all the same. */
async function redeem(
  token: string | undefined,
  agent: Agent,
  parts: Pick<Parts, 'redeem'>,
): Promise<string | undefined | Refusal> {
  const isOpen = agent.webSocketAuth === 'none'
  const grant = token === undefined ? undefined : await parts.redeem?.(token, serviceHost(agent))
  if (grant?.ok) return grant.value.sessionId
  if (isOpen) return undefined
  return refuse(403, grant ? describeFailure(grant) : 'token is missing', tokenFix)
}

const forNode = new Set(['serviceHost', 'token', 'body'])

/** By hand: what is not ours to read is passed on byte for byte. */
function forwarded(query: string): string {
  const others = query.split('&').filter((part) => part !== '' && !forNode.has(keyOf(part)))
  const body = repairedBody(new URLSearchParams(query).get('body'))
  return [...others, ...(body === undefined ? [] : [`body=${encodeURIComponent(body)}`])].join('&')
}

const keyOf = (part: string): string => [...new URLSearchParams(part).keys()][0] ?? ''

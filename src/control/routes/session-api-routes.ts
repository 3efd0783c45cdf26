import { posix } from 'node:path'
import { longestRequestBytes, ProxyError, type ProxiedRequest } from '../../runtime/proxied-request.ts'
import type { Agent } from '../../store/schema/agents.ts'
import type { SessionAddress } from '../agent-runtime.ts'
import { allow } from '../allow.ts'
import { findAgent, servingVersion } from '../agents/deploys.ts'
import { ApiError, badRequest, forbidden } from '../api-error.ts'
import { limitBody } from '../body-limit.ts'
import { discard } from '../request-size.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import { describeSessionApi, sessionApiPath } from '../contract/session-api.ts'

/** What the platform itself asks of a bot. */
const reserved = ['bot', 'ws', 'whatsapp', 'readyz', 'livez']
/** Where browsers set up WebRTC with a server bot. */
const offer = 'api/offer'

/** Requests of clients to the bot of a running session. */
export function sessionApiRoutes(app: ControlApp, parts: ControlParts): void {
  describeSessionApi(app)
  app.all(sessionApiPath, async (context) => {
    const access = allow(context, 'viewer')
    const { agentName, sessionId } = context.req.param()
    const agent = await findAgent(parts, access, agentName)
    const path = botPath(context.req.url)
    await refuseReserved(parts, agent, path)
    const { raw, method } = context.req
    const request = {
      method,
      path,
      headers: new Headers(raw.headers),
      body: await limitBody(raw, longestRequestBytes),
      signal: raw.signal,
    }
    const answer = await forward(parts, { organizationId: agent.organizationId, agentId: agent.id, sessionId, request })
    context.set('fromBot', true)
    return answer
  })
}

async function forward(
  { runtime }: ControlParts,
  { request, ...address }: SessionAddress & { readonly request: ProxiedRequest },
): Promise<Response> {
  try {
    const answer = await runtime.askSession(address, request)
    // As the mock of Pipecat Cloud says it.
    if (!answer) throw new ApiError(404, 'Invalid or not-yet-ready session_id')
    const { status, headers, body } = answer
    return new Response(body, { status, headers })
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    if (error.code === 'too-large') throw new ApiError(413, error.message)
    if (error.code === 'no-routes') throw new ApiError(404, error.message)
    if (error.code === 'busy') throw new ApiError(429, error.message)
    const status = error.code === 'timed-out' ? 504 : 502
    const text = error.message
    return Response.json({ error: text, message: text, code: String(status), status }, { status })
  } finally {
    await discardUnread(request.body)
  }
}

/** A body that nobody has begun to read holds up the client's next request on its connection, and breaks that in the end. */
async function discardUnread(body: ProxiedRequest['body']): Promise<void> {
  if (body?.locked === false) await discard(body).catch(() => undefined)
}

/** Path and query behind the session's id, as they were written. */
function botPath(url: string): string {
  const { pathname, search } = new URL(url)
  const [, , , , , , ...rest] = pathname.split('/')
  return `/${rest.join('/')}${search}`
}

async function refuseReserved(parts: ControlParts, agent: Agent, path: string): Promise<void> {
  const plain = posix
    .normalize(decoded(path))
    .toLowerCase()
    .replaceAll(/^\/+|\/+$/g, '')
  const within = (name: string) => plain === name || plain.startsWith(`${name}/`)
  const found = reserved.find(within) ?? (within(offer) && !(await isServerBot(parts, agent)) ? offer : undefined)
  if (found !== undefined) throw forbidden(`/${found} is for the platform: give the bot's own route another path.`)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path.split('?')[0] ?? '')
  } catch {
    throw badRequest('The path is not well encoded.')
  }
}

async function isServerBot(parts: ControlParts, agent: Agent): Promise<boolean> {
  const { spec } = await servingVersion(parts, agent)
  return spec.source.type !== 'module'
}

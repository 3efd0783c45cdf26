import { randomUUID } from 'node:crypto'
import type { Agent } from '../../store/schema/agents.ts'
import type { Access } from '../access.ts'
import { allow } from '../allow.ts'
import { findAgent, servingVersion } from '../agents/deploys.ts'
import { ApiError, badRequest } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import { type StartRequest, startRequest, startSession } from '../contract/start.ts'
import { refuseInvalid } from '../refuse-invalid.ts'

const megabyte = 1024 * 1024
/** A socket's URL has to carry it. */
const longestSocketBody = 4096

/** Sessions that programs start with a public key. */
export function startRoutes(app: ControlApp, parts: ControlParts): void {
  app.openAPIRegistry.register('StartRequest', startRequest)
  app.openapi(startSession, async (context) => {
    const access = allow(context, 'viewer')
    const request = readRequest(await context.req.text())
    const { agentName } = context.req.valid('param')
    const body = checkedBody(request)
    const agent = await findAgent(parts, access, agentName)
    if (request.transport === 'websocket') return context.json(await grantSocket(parts, { access, agent, body }), 200)
    return context.json(await start(parts, { agent, body }), 200)
  })
}

/** An empty body is as good as `{}`. */
function readRequest(text: string): StartRequest {
  const result = startRequest.safeParse(text.trim() === '' ? {} : readJson(text))
  refuseInvalid(result)
  return result.data
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('The body is no JSON.')
  }
}

/** The data for the bot, as JSON text; undefined: none. */
function checkedBody({ body, transport, createDailyRoom }: StartRequest): string | undefined {
  if (createDailyRoom || transport === 'daily') {
    throw badRequest('There are no Daily rooms here. Leave createDailyRoom out, or use the transport "websocket".')
  }
  if (transport === 'webrtc') throw badRequest('There is no WebRTC here. Use the transport "websocket".')
  if (body === undefined || body === null) return undefined
  const text = JSON.stringify(body)
  const longest = transport === 'websocket' ? longestSocketBody : megabyte
  const length = Buffer.byteLength(text)
  if (length <= longest) return text
  throw new ApiError(413, `body has ${length} bytes of JSON; at most ${longest} are allowed.`)
}

interface StartOrder {
  readonly agent: Agent
  readonly body: string | undefined
}

/** No bot is started: the session begins when a socket connects with the token. */
async function grantSocket(parts: ControlParts, { access, agent, body }: StartOrder & { readonly access: Access }) {
  const { spec } = await servingVersion(parts, agent)
  if (body !== undefined && spec.webSocketAuth === 'none') {
    throw badRequest(`body: the agent "${agent.name}" has websocket_auth "none"; only "token" can carry a body.`)
  }
  const serviceHost = `${agent.name}.${access.organization.name}`
  const sessionId = randomUUID()
  return {
    sessionId,
    token: parts.startTokens.mint({ serviceHost, sessionId }),
    wsUrl: `${parts.publicUrl().replace(/^http/, 'ws')}/ws/generic/${serviceHost}`,
    ...(body !== undefined && { body: Buffer.from(body).toString('base64') }),
  }
}

async function start({ runtime }: ControlParts, { agent, body }: StartOrder) {
  const outcome = await runtime.startSession({
    organizationId: agent.organizationId,
    agentId: agent.id,
    agentName: agent.name,
    body: body === undefined ? undefined : JSON.parse(body),
  })
  if (outcome.started) return { sessionId: outcome.sessionId }
  if (outcome.reason === 'at-capacity') throw new ApiError(429, 'Rate limit exceeded. Please try again later')
  if (outcome.reason === 'at-share') {
    throw new ApiError(
      429,
      'The organization has its share of this node, whose last places are kept for others (OFFHOOK_RESERVE_PERCENT). Please try again later',
    )
  }
  if (outcome.reason === 'calls-only') {
    throw badRequest(
      `The bot of "${agent.name}" takes calls only. Give defineBot an onSession for sessions without a call, and deploy it again.`,
    )
  }
  throw new ApiError(400, `The agent "${agent.name}" is not ready.`, { code: 'PCC-1001' })
}

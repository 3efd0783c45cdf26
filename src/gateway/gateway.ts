import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { AgentDirectory } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import type { Carrier } from '../sessions/carrier.ts'
import { closeCodes } from '../sessions/close-codes.ts'
import { type Admission, admitToken, admitUpgrade, type RedeemToken, type Refusal } from './admission.ts'
import { Answers } from './answer.ts'
import { serveStream } from './media-socket.ts'
import { PlivoVerifier } from './plivo-request.ts'
import { BadHostError, PublicUrl, type PublicUrlOptions } from './public-url.ts'
import { TicketOffice } from './ticket.ts'
import { type AnswerOthers, createWebhooks } from './webhooks.ts'

export interface GatewayOptions extends PublicUrlOptions {
  readonly agents: AgentDirectory
  readonly calls: CallRegistry
  /** Auth tokens that Plivo may have signed with; none: nothing can be verified. */
  readonly plivoAuthTokens: readonly string[]
  readonly unsignedWebhooks: 'refuse' | 'warn'
  /** For calls that bring an API of their own, on this machine; undefined: none may. */
  readonly simulatedCarrier?: ((apiUrl: string) => Carrier) | undefined
  /** Takes tokens of `/start`; undefined: there are none. */
  readonly redeem?: RedeemToken | undefined
  /** With it the node shows to who knows the token that it is this one. */
  readonly proofToken?: string | undefined
  /** Agents are still coming up. Default: they are there. */
  readonly isStarting?: (() => boolean) | undefined
  /** Answers requests that are not Plivo's. */
  readonly otherwise?: AnswerOthers | undefined
  readonly clock: Clock
  readonly log: Log
}

/** Plivo's limit for one message. */
const maxMessageBytes = 64 * 1024
/** How long the far side may take to answer our close when the node stops. */
const closeTimeoutMs = 500
const streamPath = '/ws/plivo'
/** Some clients insist on this subprotocol, most offer none (C-9). */
const subprotocol = 'audio.plivo.com'

const statusTexts = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests' } as const

/** The edge that Plivo talks to: webhooks over HTTP, audio streams over WebSocket, on one server. */
export class Gateway implements AsyncDisposable {
  readonly #options: GatewayOptions
  readonly #verifier: PlivoVerifier
  readonly #tickets = new TicketOffice()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  })

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#verifier = new PlivoVerifier({ publicUrl: new PublicUrl(options), tokens: options.plivoAuthTokens })
  }

  /** Serves the gateway on `servers`, which must have no other listeners. */
  attach(...servers: readonly Server[]): void {
    const { agents, calls, unsignedWebhooks, simulatedCarrier, proofToken, isStarting, otherwise, clock, log } =
      this.#options
    const answers = new Answers({ tickets: this.#tickets, clock })
    const webhooks = createWebhooks({
      agents,
      calls,
      answers,
      verifier: this.#verifier,
      unsignedWebhooks,
      simulatedCarrier,
      proofToken,
      isStarting,
      otherwise,
      log,
    })
    const listener = getRequestListener(webhooks.fetch, { overrideGlobalObjects: false })
    for (const server of servers) {
      server.on('request', (request, response) => void listener(request, response))
      server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head))
    }
  }

  /** Resolves when no stream is open any more; those that are not closed in time are cut. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.#options
    await Promise.all(
      [...this.#sockets.clients].map(async (socket) => {
        const timer = clock.after(closeTimeoutMs, () => socket.terminate())
        // Those with a session are being closed already.
        socket.close(closeCodes.goingAway, 'node-stopped')
        if (socket.readyState !== socket.CLOSED) await once(socket, 'close')
        timer.cancel()
      }),
    )
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { log, calls, clock } = this.#options
    socket.on('error', (error) => log.debug({ err: error }, 'upgrade error'))
    const admission = await this.#tryToAdmit(request)
    if (!admission.admitted) {
      this.#refuse(request, socket, admission)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      serveStream({ socket: webSocket, connection: socket, admission, calls, clock, log })
    })
  }

  async #tryToAdmit(request: IncomingMessage): Promise<Admission> {
    try {
      return await this.#admit(request)
    } catch (error) {
      if (!(error instanceof BadHostError)) {
        this.#options.log.error({ err: error }, 'a stream could not be let in')
        return { admitted: false, status: 403, reason: 'the node failed', fix: 'see the line before' }
      }
      return { admitted: false, status: 400, reason: error.message, fix: 'send the Host header of this node' }
    }
  }

  async #admit(request: IncomingMessage): Promise<Admission> {
    const { agents, calls, clock, redeem } = this.#options
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const rest =
      path === streamPath ? '' : path.startsWith(`${streamPath}/`) ? path.slice(streamPath.length + 1) : undefined
    if (rest === undefined) {
      const fix = `streams go to ${streamPath}?serviceHost=agent.organization`
      return { admitted: false, status: 404, reason: `there is no stream at ${path}`, fix }
    }
    const parameters = new URLSearchParams(query)
    const [name = '', ...organization] = (parameters.get('serviceHost') ?? '').split('.')
    await agents.arrival?.(organization.join('.'), name)
    const token = redeem && startTokenOf(request, parameters, rest)
    const byToken =
      redeem && token !== undefined ? await admitToken(token, parameters, { agents, calls, redeem }) : undefined
    if (byToken?.admitted) return byToken
    const signature = this.#verifier.verifyUpgrade(request)
    const upgrade = { ticket: rest === '' ? undefined : rest, query: parameters, signature }
    const admission = admitUpgrade(upgrade, { agents, calls, tickets: this.#tickets, now: clock.now() })
    // Any one credential will do; where none does, the token that was brought is the one to speak of.
    return admission.admitted ? admission : (byToken ?? admission)
  }

  /** Nothing but these few bytes is spent on a stream that may not come in. */
  #refuse(request: IncomingMessage, socket: Duplex, { status, reason, fix }: Refusal): void {
    this.#options.log.warn({ status, reason, fix, from: request.socket.remoteAddress }, 'a stream was refused')
    const body = `${reason}\n`
    socket.end(
      `HTTP/1.1 ${status} ${statusTexts[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      // A client that keeps its end open must not keep ours.
      () => socket.destroy(),
    )
  }
}

/** Where a token of `/start` may stand, in the order in which it is looked for. Our own tickets are something else. */
function startTokenOf({ headers }: IncomingMessage, query: URLSearchParams, segment: string): string | undefined {
  const [, bearer] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? []
  const inPath = segment === '' || segment.startsWith('t1_') ? undefined : segment
  return bearer ?? query.get('token') ?? inPath
}

import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { AgentDirectory } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import type { CarrierAccount } from '../sessions/carrier/carrier-account.ts'
import type { Carrier } from '../sessions/carrier/carrier.ts'
import { closeCodes } from '../sessions/close-codes.ts'
import type { KeptCalls } from '../sessions/kept-calls.ts'
import { type Admission, admitToken, admitUpgrade, type RedeemToken, refuseShortage } from './admission.ts'
import { Answers } from './answer.ts'
import { admitClient, type ClientAdmission } from './client-admission.ts'
import { ClientConnection } from './client-connection.ts'
import { serveStream } from './media-socket.ts'
import { PlivoVerifier } from './plivo-request.ts'
import { BadHostError, pathAndQuery, PublicUrl, type PublicUrlOptions } from './public-url.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import { TicketOffice } from './ticket.ts'
import { type AnswerOthers, createWebhooks } from './webhooks.ts'

export interface GatewayOptions extends PublicUrlOptions {
  readonly agents: AgentDirectory
  readonly calls: CallRegistry
  /** Auth tokens that Plivo may have signed with; none: nothing can be verified. */
  readonly plivoAuthTokens: readonly string[]
  /** What organizations have of their own, in place of these. Default: nothing. */
  readonly accountOf?: ((organization: string) => CarrierAccount | undefined) | undefined
  readonly unsignedWebhooks: 'refuse' | 'warn'
  /** For calls that bring an API of their own, on this machine; undefined: none may. */
  readonly simulatedCarrier?: ((apiUrl: string) => Carrier) | undefined
  /** Calls that outlive the node. Default: none does. */
  readonly keptCalls?: KeptCalls | undefined
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

/** How long a webhook may take to come in whole. Plivo waits no longer for an answer. */
const webhookTimeoutMs = 15_000
/** Plivo's limit for one message. */
const maxMessageBytes = 64 * 1024
/** How long the far side may take to answer our close when the node stops. */
const closeTimeoutMs = 500
const streamPath = '/ws/plivo'
/** For clients of their own making, and for streams that come with a token in their path. */
const clientPath = '/ws/generic'
/** A picture fits, or a minute of uncompressed audio. */
const maxClientMessageBytes = 16 * 1024 * 1024
/** Some clients insist on this subprotocol, most offer none (C-9). */
const subprotocol = 'audio.plivo.com'

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

  readonly #clients = new WebSocketServer({
    noServer: true,
    maxPayload: maxClientMessageBytes,
    perMessageDeflate: false,
  })

  constructor(options: GatewayOptions) {
    this.#options = options
    const { plivoAuthTokens: tokens, accountOf, proofToken: simulatorToken } = options
    this.#verifier = new PlivoVerifier({
      publicUrl: new PublicUrl(options),
      tokens,
      tokensOf: (organization) => accountOf?.(organization)?.authTokens,
      simulatorToken,
    })
  }

  /** Serves the gateway on `servers`, which must have no other listeners. */
  attach(...servers: readonly Server[]): void {
    const { agents, calls, unsignedWebhooks, simulatedCarrier, keptCalls, proofToken, isStarting } = this.#options
    const { otherwise, clock, log } = this.#options
    const answers = new Answers({ tickets: this.#tickets, clock })
    const webhooks = createWebhooks({
      agents,
      calls,
      answers,
      verifier: this.#verifier,
      unsignedWebhooks,
      simulatedCarrier,
      keptCalls,
      proofToken,
      isStarting,
      otherwise,
      log,
    })
    const listener = getRequestListener(webhooks.fetch, { overrideGlobalObjects: false })
    for (const server of servers) {
      server.on('request', (request, response) => {
        if (request.url?.startsWith('/plivo') === true) cutWhenSlow(request, clock)
        void listener(request, response)
      })
      server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head))
    }
  }

  /** Resolves when no stream is open any more; those that are not closed in time are cut. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.#options
    await Promise.all(
      [...this.#sockets.clients, ...this.#clients.clients].map(async (socket) => {
        const timer = clock.after(closeTimeoutMs, () => socket.terminate())
        // Those with a session are being closed already.
        socket.close(closeCodes.goingAway, 'node-stopped')
        // `once` of `node:events` would reject for a client that breaks the protocol meanwhile.
        if (socket.readyState !== socket.CLOSED) await new Promise((resolve) => socket.once('close', resolve))
        timer.cancel()
      }),
    )
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { log, calls, clock } = this.#options
    socket.on('error', (error) => log.debug({ err: error }, 'upgrade error'))
    const found = await this.#tryToAdmit(request)
    // Others may have come in since it was looked.
    const admission = ('query' in found ? refuseShortage(calls, found.agent) : undefined) ?? found
    if (!admission.admitted) {
      const { status, reason, fix } = admission
      log.warn({ status, reason, fix, from: request.socket.remoteAddress }, 'a stream was refused')
      refuseUpgrade(socket, admission)
    } else if ('query' in admission) {
      this.#clients.handleUpgrade(request, socket, head, (webSocket) => {
        void new ClientConnection({ socket: webSocket, admission, calls, clock, log })
      })
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        serveStream({ socket: webSocket, connection: socket, admission, calls, clock, log })
      })
    }
  }

  async #tryToAdmit(request: IncomingMessage): Promise<Admission | ClientAdmission> {
    const [path] = pathAndQuery(request)
    try {
      const isClient = path === clientPath || path.startsWith(`${clientPath}/`)
      return await (isClient ? this.#admitClient(request) : this.#admit(request))
    } catch (error) {
      if (!(error instanceof BadHostError)) {
        this.#options.log.error({ err: error }, 'a stream could not be let in')
        return { admitted: false, status: 403, reason: 'the node failed', fix: 'see the line before' }
      }
      return { admitted: false, status: 400, reason: error.message, fix: 'send the Host header of this node' }
    }
  }

  async #admitClient(incoming: IncomingMessage): Promise<Admission | ClientAdmission> {
    const { agents, calls, redeem } = this.#options
    const [path, query] = pathAndQuery(incoming)
    const segments = path
      .split('/')
      .slice(3)
      .filter((segment) => segment !== '')
    const request = { segments, query, authorization: incoming.headers.authorization }
    const admission = await admitClient(request, { agents, calls, redeem })
    if (!admission.admitted || admission.agent.pool.offers?.sessions !== false) return admission
    // A bot that takes calls only is given Plivo's stream, which may come this way with its token.
    const { agent, body, sessionId } = admission
    const given = sessionId === undefined ? {} : { sessionId }
    return { admitted: true, agent, body, call: undefined, needsVerifiedCall: false, ...given }
  }

  async #admit(request: IncomingMessage): Promise<Admission> {
    const { agents, calls, clock, redeem } = this.#options
    const [path, query] = pathAndQuery(request)
    const rest =
      path === streamPath ? '' : path.startsWith(`${streamPath}/`) ? path.slice(streamPath.length + 1) : undefined
    if (rest === undefined) {
      const fix = `streams go to ${streamPath}?serviceHost=agent.organization, other clients to ${clientPath}/agent.organization`
      return { admitted: false, status: 404, reason: `there is no stream at ${path}`, fix }
    }
    const parameters = new URLSearchParams(query)
    const [name = '', ...organization] = (parameters.get('serviceHost') ?? '').split('.')
    await agents.arrival?.(organization.join('.'), name)
    const token = redeem && startTokenOf(request, parameters, rest)
    const byToken =
      redeem && token !== undefined ? await admitToken(token, parameters, { agents, calls, redeem }) : undefined
    if (byToken?.admitted) return byToken
    const signature = this.#verifier.verifyUpgrade(request, organization.join('.'))
    const upgrade = { ticket: rest === '' ? undefined : rest, query: parameters, signature }
    const admission = admitUpgrade(upgrade, { agents, calls, tickets: this.#tickets, now: clock.now() })
    // Any one credential will do; where none does, the token that was brought is the one to speak of.
    return admission.admitted ? admission : (byToken ?? admission)
  }
}

/** Whoever sends a webhook drop by drop, signed by nobody yet, holds no connection. */
function cutWhenSlow(request: IncomingMessage, clock: Clock): void {
  const timer = clock.after(webhookTimeoutMs, () => {
    // One that has come in whole may be read slowly by whoever sent it.
    if (!request.complete) request.destroy()
  })
  request.once('close', () => timer.cancel())
}

/** Where a token of `/start` may stand, in the order in which it is looked for. Our own tickets are something else. */
function startTokenOf({ headers }: IncomingMessage, query: URLSearchParams, segment: string): string | undefined {
  const [, bearer] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? []
  const inPath = segment === '' || segment.startsWith('t1_') ? undefined : segment
  return bearer ?? query.get('token') ?? inPath
}

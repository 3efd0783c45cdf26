import type { AudioFormat } from '../audio/format.ts'
import { admitUpgrade } from '../gateway/admission.ts'
import { Answers } from '../gateway/answer.ts'
import { parseCallBody } from '../gateway/call-body.ts'
import { serveStream } from '../gateway/media-socket.ts'
import { type IncomingRequest, PlivoVerifier } from '../gateway/plivo-request.ts'
import { PublicUrl, toSocketUrl } from '../gateway/public-url.ts'
import { TicketOffice } from '../gateway/ticket.ts'
import { createWebhooks } from '../gateway/webhooks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { describeFailure } from '../lib/parsed.ts'
import { Pool } from '../runtime/pool/pool.ts'
import { StartGate } from '../runtime/pool/start-gate.ts'
import type { Bot } from '../sdk/bot.ts'
import type { Agent } from '../sessions/agent.ts'
import type { CallPolicy } from '../sessions/call-policy.ts'
import { CallRegistry } from '../sessions/call-registry.ts'
import type { Carrier } from '../sessions/carrier/carrier.ts'
import type { HttpFailure, HttpReply, HttpRequest } from '../simulator/http-request.ts'
import { internet, type Network, type OpenedStream } from '../simulator/network.ts'
import type { StreamSocketOptions, UpgradeFailure } from '../simulator/stream-socket.ts'
import { MemoryInstance } from './memory-instance.ts'
import { MemorySocket, type Upgrade } from './memory-socket.ts'

/** What callers may expect beside the bot. */
export type TestPolicy = CallPolicy & { readonly maxSessionSeconds?: number }

interface MemoryNodeOptions {
  readonly bot: Bot
  /** Where the bot's relative paths begin. */
  readonly folder: string
  readonly audio: AudioFormat
  /** What stands for Plivo's REST API; without it the node has no credentials. */
  readonly carrier: Carrier | undefined
  readonly policy?: TestPolicy | undefined
  readonly clock: Clock
  readonly log: Log
}

const publicUrl = 'http://offhook.test'
const streamPath = '/ws/plivo/'
/** The same in every call, so that its timeline is. */
const ticketKey = Buffer.alloc(32)
/** As on a node (`server.ts`). */
const limits = { ringingMs: 60_000, waitingMs: 30_000, leavingMs: 60_000 }

/**
 * A node without sockets, which serves one call: webhooks, signatures, tickets, sessions and pool are the real ones; the
 * bot runs in this process. It is the network of the simulated Plivo that calls it.
 */
export class MemoryNode implements Network, AsyncDisposable {
  /** What requests to it are signed with. */
  readonly authToken = 'the token of a test'
  readonly calls: CallRegistry
  readonly #options: MemoryNodeOptions
  readonly #tickets = new TicketOffice(ticketKey)
  readonly #instances: MemoryInstance[] = []
  readonly #pool: Pool
  readonly #agent: Agent
  readonly #verifier: PlivoVerifier
  readonly #webhooks: ReturnType<typeof createWebhooks>

  constructor(options: MemoryNodeOptions) {
    const { audio, clock, log, carrier, policy } = options
    this.#options = options
    this.calls = new CallRegistry({ maxCalls: 1, limits, carrier, clock, log })
    this.#pool = this.#createPool()
    this.#agent = {
      organization: 'test',
      name: 'bot',
      webSocketAuth: 'token',
      policy,
      maxSessionSeconds: policy?.maxSessionSeconds,
      audio,
      pool: this.#pool,
    }
    this.#verifier = new PlivoVerifier({
      publicUrl: new PublicUrl({ publicUrl, trustedProxies: [] }),
      tokens: [this.authToken],
    })
    this.#webhooks = createWebhooks({
      agents: this.#agents,
      calls: this.calls,
      answers: new Answers({ tickets: this.#tickets, clock }),
      verifier: this.#verifier,
      unsignedWebhooks: 'refuse',
      simulatedCarrier: undefined,
      log,
    })
  }

  /** The bot that has the call dies. False: none has it. */
  crashBot(): boolean {
    return this.#instances.some((instance) => instance.crash())
  }

  /** Resolves once the bot's function has ended; at once, when none runs. */
  get finished(): Promise<unknown> {
    return Promise.all(this.#instances.map(({ finished }) => finished))
  }

  /**
   * What a number asks for whose calls go to the bot; `body` is custom data for it.
   * @throws RangeError when the node would not take the body.
   */
  answerUrl(body: unknown): string {
    const query = new URLSearchParams({ agent: this.#agent.name, org: this.#agent.organization })
    if (body !== undefined) {
      const text = Buffer.from(JSON.stringify(body)).toString('base64')
      const taken = parseCallBody(text)
      if (!taken.ok) throw new RangeError(describeFailure(taken))
      query.set('body', text)
    }
    return `${publicUrl}/plivo-xml?${query.toString()}`
  }

  /** What is not for the node, such as a file to be played, goes out into the world. */
  async request(request: HttpRequest): Promise<HttpReply | HttpFailure> {
    const { url, method, signal } = request
    if (!url.startsWith(`${publicUrl}/`)) return internet.request(request)
    if (signal.aborted) return { ok: false, at: 'aborted', problem: 'the call is over' }
    const response = await this.#webhooks.fetch(new Request(url, { method }), { incoming: incoming(request) })
    const body = new Uint8Array(await response.arrayBuffer())
    const contentType = response.headers.get('content-type') ?? ''
    return { ok: true, status: response.status, contentType, body }
  }

  openStream(options: StreamSocketOptions): OpenedStream {
    if (!options.url.startsWith(toSocketUrl(publicUrl))) return internet.openStream(options)
    return new MemorySocket(options, (accept) => this.#admit(options, accept))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calls[Symbol.asyncDispose]()
    await this.#pool[Symbol.asyncDispose]()
  }

  #admit({ url, headers }: StreamSocketOptions, accept: Parameters<Upgrade>[0]): UpgradeFailure | undefined {
    const { clock, log } = this.#options
    const { calls } = this
    const { pathname, search, searchParams } = new URL(url)
    const head = { url: `${pathname}${search}`, headers: inSmallLetters(headers), socket: {} }
    const signature = this.#verifier.verifyUpgrade(head, this.#agent.organization)
    const ticket = pathname.startsWith(streamPath) ? pathname.slice(streamPath.length) : undefined
    const parts = { agents: this.#agents, calls, tickets: this.#tickets, now: clock.now() }
    const admission = admitUpgrade({ ticket, query: searchParams, signature }, parts)
    if (!admission.admitted) {
      log.warn({ why: admission.reason }, 'a stream was refused')
      return { status: admission.status }
    }
    serveStream({ socket: accept(), admission, calls, clock, log })
    return undefined
  }

  get #agents() {
    return {
      find: (organization: string, name: string) =>
        organization === this.#agent.organization && name === this.#agent.name ? this.#agent : undefined,
      list: () => [`${this.#agent.name}.${this.#agent.organization}`],
    }
  }

  #createPool(): Pool {
    const { bot, folder, clock, log } = this.#options
    return new Pool({
      startInstance: (listener) => {
        const instance = new MemoryInstance({ bot, folder, clock }, listener)
        this.#instances.push(instance)
        return Promise.resolve(instance)
      },
      sessionsPerInstance: 1,
      warmInstances: 0,
      maxInstances: 10,
      bufferShare: 0,
      cooldownMs: 0,
      gate: new StartGate({ limit: 1 }),
      clock,
      log,
    })
  }
}

function incoming({ method, url, headers, body }: HttpRequest): IncomingRequest {
  const { pathname, search } = new URL(url)
  return {
    method,
    url: `${pathname}${search}`,
    headers: inSmallLetters(headers),
    socket: {},
    async *[Symbol.asyncIterator]() {
      if (body !== undefined) yield Buffer.from(body)
    },
  }
}

const inSmallLetters = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

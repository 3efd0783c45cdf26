import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { CarrierMessage } from '../plivo/stream-messages.ts'
import type { BotLink, LinkOver } from '../runtime/link.ts'
import type { Lease, Pool } from '../runtime/pool/pool.ts'
import { type ProxiedRequest, type ProxiedResponse, ProxyError } from '../runtime/proxied-request.ts'
import type { BotCommand, BotEvent, CallStart, EndReason } from '../sdk/protocol.ts'
import { toBotEvents } from './bot-events.ts'
import { PrintedLines } from './printed-lines.ts'
import type { SessionEvent } from './session-state.ts'

interface BotSideOptions {
  /** That of the moment: a bot that crashes long after a deployment is followed by one of the new version. */
  readonly pool: () => Pool
  readonly log: Log
  readonly dispatch: (event: SessionEvent) => void
  /** The bot has the call now. */
  readonly onTaken: () => void
  readonly onCommand: (command: BotCommand) => void
  readonly onPrint: (stream: 'stdout' | 'stderr', line: string) => void
}

/** After so many instances in a row that died before their bot took the call, it is not given to yet another. */
const maxInstancesLost = 3

/** The session's side towards its bot: gets it an instance, starts the call there, and passes on what is said. */
export class BotSide {
  readonly #options: BotSideOptions
  readonly #acquiring = new AbortController()
  readonly #printed: PrintedLines
  #coldStart = false
  #begun = false
  readonly #answered = Promise.withResolvers<void>()
  #lease: Lease | undefined
  #link: BotLink | undefined
  #taken = false
  /** The caller hears that nobody is there. */
  #urgent = false
  #ended = false
  #instancesLost = 0
  /** What the carrier said before the bot took the call. */
  #early: { readonly raw: string; readonly message: CarrierMessage | undefined }[] = []

  constructor(options: BotSideOptions) {
    this.#options = options
    this.#printed = new PrintedLines(options.onPrint)
  }

  /** Asks for an instance. What the carrier said before is for nobody. */
  begin(): void {
    this.#begun = true
    this.#coldStart = this.#options.pool().status.free === 0
    this.#acquire()
  }

  /** There was no instance ready when the session had its place. */
  get coldStart(): boolean {
    return this.#coldStart
  }

  /** Resolves once there is an instance, or none will come. */
  get answered(): Promise<void> {
    return this.#answered.promise
  }

  get instanceId(): string | undefined {
    return this.#lease?.instanceId
  }

  /** Gives the call to the instance that was acquired. */
  start(start: CallStart): void {
    if (!this.#lease) throw new Error('a call starts only on an instance')
    this.#link = this.#lease.startCall(start, {
      onStarted: () => {
        this.#taken = true
        this.#instancesLost = 0
        this.#early = []
        this.#options.onTaken()
      },
      onCommand: this.#options.onCommand,
      onPrint: (stream, text) => this.#printed.add(stream, text),
      onOver: (over) => this.#onOver(over),
    })
    for (const { raw, message } of this.#early) this.#link.send(raw, toBotEvents(raw, message))
  }

  /** Passes on what the carrier said. */
  send(raw: string, message: CarrierMessage | undefined): void {
    if (!this.#begun) return
    if (!this.#taken) this.#early.push({ raw, message })
    this.#link?.send(raw, toBotEvents(raw, message))
  }

  /** Has the bot answer a client's request. Undefined: it has not taken the call. */
  async ask(request: ProxiedRequest): Promise<ProxiedResponse | undefined> {
    if (!this.#taken || !this.#link) return undefined
    if (!this.#link.ask) throw new ProxyError('no-routes', 'This bot answers no requests.')
    return this.#link.ask(request)
  }

  /** Tells what the carrier did not say. */
  tell(event: BotEvent): void {
    this.#link?.report(event)
  }

  /** The bot has crashed: asks for another instance. What the carrier says meanwhile is for the next bot. */
  replace(): void {
    this.#letGo()
    this.#taken = false
    this.#urgent = true
    this.#acquire()
  }

  /** No instance is wanted any more, and one that comes is given back. */
  giveUp(): void {
    this.#acquiring.abort(new Error('the session is over'))
  }

  /** The call is over. */
  end(reason: EndReason): void {
    this.#ended = true
    this.giveUp()
    this.#link?.close(reason)
    this.#lease?.release()
    this.#printed.flush()
    this.#early = []
  }

  #acquire(): void {
    const { pool, dispatch } = this.#options
    const { signal } = this.#acquiring
    void pool()
      .acquire(signal, () => this.#onLost(), this.#urgent)
      .then(
        (lease) => {
          if (signal.aborted) {
            lease.release()
            return
          }
          this.#lease = lease
          dispatch({ type: 'instance-ready' })
        },
        (error: unknown) => dispatch({ type: 'instance-failed', why: messageOf(error) }),
      )
      .finally(() => this.#answered.resolve())
  }

  #onOver(over: LinkOver): void {
    // A bot may still fail while it tidies up after the call; its author wants to know.
    if (this.#ended && over.type === 'threw') {
      this.#options.log.error({ detail: over.stack ?? over.message }, 'the bot threw after the end of the call')
    }
    if (over.type !== 'lost' || this.#ended) this.#options.dispatch({ type: 'bot-over', over })
    else if (this.#taken) this.#options.dispatch({ type: 'bot-crashed', why: over.why })
    else if (++this.#instancesLost < maxInstancesLost) this.#onLost()
    else this.#options.dispatch({ type: 'bot-over', over })
  }

  /** The instance died before its bot took the call, and has not heard a word of it: another one may have the call. */
  #onLost(): void {
    this.#letGo()
    this.#options.dispatch({ type: 'instance-lost' })
    if (!this.#ended) this.#acquire()
  }

  #letGo(): void {
    this.#link?.close('node')
    this.#link = undefined
    this.#lease = undefined
  }
}

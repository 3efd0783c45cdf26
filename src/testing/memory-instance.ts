import type { Clock } from '../lib/clock.ts'
import { createId } from '../lib/ids.ts'
import type { BotLink, Instance, InstanceListener, InstanceState, LinkListener } from '../runtime/link.ts'
import type { Bot } from '../sdk/bot.ts'
import { Call } from '../sdk/call.ts'
import { serveCall } from '../sdk/host/serve-call.ts'
import type { BotCommand, BotEvent, BotOutcome, CallStart, EndReason } from '../sdk/protocol.ts'
import { runBot } from './real-timers.ts'

export interface MemoryInstanceOptions {
  readonly bot: Bot
  /** Where the bot's relative paths begin. */
  readonly folder: string
  readonly clock: Clock
}

/** A bot that runs in this process. It takes one call at a time. */
export class MemoryInstance implements Instance {
  readonly id = createId('ins')
  readonly capacity = 1
  readonly offers = { calls: true, sessions: false }
  readonly #options: MemoryInstanceOptions
  readonly #listener: InstanceListener
  #link: MemoryLink | undefined
  #life: 'running' | 'draining' | 'dead' = 'running'

  constructor(options: MemoryInstanceOptions, listener: InstanceListener) {
    this.#options = options
    this.#listener = listener
  }

  get active(): number {
    return this.#link ? 1 : 0
  }

  get state(): InstanceState {
    if (this.#life !== 'running') return this.#life
    return this.#link ? 'busy' : 'ready'
  }

  /** Resolves once the bot's function has ended; at once, when none runs. */
  get finished(): Promise<void> {
    return this.#link?.finished ?? Promise.resolve()
  }

  startCall(start: CallStart, listener: LinkListener): BotLink {
    const onFree = () => {
      this.#link = undefined
      if (this.#life === 'draining') this.#life = 'dead'
      this.#listener.onChange(this)
    }
    this.#link = new MemoryLink({ ...this.#options, start, listener, onFree })
    return this.#link
  }

  startSession(): never {
    throw new Error('tests dial: there are calls only')
  }

  drain(): void {
    if (this.#life !== 'running') return
    this.#life = this.#link ? 'draining' : 'dead'
    this.#listener.onChange(this)
  }

  /**
   * The bot dies as a process does that is killed: nothing that it says counts any more, and nothing that it waits for comes.
   * False: no bot has the call.
   */
  crash(): boolean {
    const link = this.#link
    if (!link || this.#life === 'dead') return false
    this.#life = 'dead'
    link.lose('the test crashed the bot')
    this.#link = undefined
    this.#listener.onChange(this)
    return true
  }

  /** A function that runs cannot be stopped: one that does not return runs on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#link?.close('node')
    if (this.#life === 'dead') return
    this.#life = 'dead'
    this.#listener.onChange(this)
  }
}

interface MemoryLinkOptions extends MemoryInstanceOptions {
  readonly start: CallStart
  readonly listener: LinkListener
  readonly onFree: () => void
}

/** What a host process and its connection are elsewhere: the bot's `Call`, and all that passes copied and in order. */
class MemoryLink implements BotLink {
  readonly finished: Promise<void>
  readonly #lost = Promise.withResolvers<void>()
  readonly #options: MemoryLinkOptions
  readonly #call: Call
  #closed = false
  #over = false

  constructor(options: MemoryLinkOptions) {
    this.#options = options
    const { bot, start, clock, folder } = options
    this.#call = new Call({
      // As it would arrive in another process.
      start: JSON.parse(JSON.stringify(start)) as CallStart,
      clock,
      folder,
      send: (command) => this.#carry(copied(command)),
      print: (text) => options.listener.onPrint('stderr', text),
    })
    queueMicrotask(() => options.listener.onStarted())
    const served = Promise.resolve()
      .then(() => runBot(() => serveCall(bot, this.#call)))
      .then((outcome) => this.#finish(outcome))
    this.finished = Promise.race([served, this.#lost.promise])
  }

  send(_raw: string, events: readonly BotEvent[]): void {
    for (const event of events) this.report(event)
  }

  report(event: BotEvent): void {
    if (!this.#closed) queueMicrotask(() => this.#call.receive(event))
  }

  close(reason: EndReason): void {
    if (this.#closed) return
    queueMicrotask(() => runBot(() => this.#call.end(reason)))
    this.#closed = true
    if (this.#over) this.#options.onFree()
  }

  /** Ends it without a word to the bot. */
  lose(why: string): void {
    if (this.#over) return
    this.#over = true
    this.#closed = true
    this.#lost.resolve()
    this.#options.listener.onOver({ type: 'lost', why })
  }

  #carry(command: BotCommand): void {
    queueMicrotask(() => {
      if (!this.#over && !this.#closed) this.#options.listener.onCommand(command)
    })
  }

  #finish(outcome: BotOutcome): void {
    queueMicrotask(() => {
      if (this.#over) return
      this.#over = true
      this.#options.listener.onOver(outcome)
      if (this.#closed) this.#options.onFree()
    })
  }
}

/** The bot may use its buffer again at once. */
const copied = (command: BotCommand): BotCommand =>
  'audio' in command ? { ...command, audio: command.audio.slice() } : command

import { type Clock, sleep } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { describeFailure } from '../lib/parsed.ts'
import type { ControlFailure, ControlRequest, ControlResults } from '../sdk/control.ts'
import type { BotEvent, StopBy } from '../sdk/protocol.ts'
import { BotRecordings } from './bot-recordings.ts'
import type { Carrier } from './carrier/carrier.ts'
import { ControlError } from './control-error.ts'
import { parseControlRequest } from './control-request.ts'
import type { RecordingShelf } from './recording-shelf.ts'
import type { SessionNews } from './session-news.ts'
import { playUrl } from './verbs/play-url.ts'
import { record, stopRecording } from './verbs/record.ts'
import { say } from './verbs/say.ts'
import { sendDigits } from './verbs/send-digits.ts'
import { takeMessage } from './verbs/take-message.ts'
import { transfer } from './verbs/transfer.ts'
import { Cancelled, type VerbContext } from './verbs/verb-context.ts'

export interface CallControlOptions {
  readonly callId: string
  readonly carrier: Carrier | undefined
  readonly leave: VerbContext['leave']
  readonly sendDigits: VerbContext['sendDigits']
  readonly waiting: VerbContext['waiting']
  readonly recordings: RecordingShelf | undefined
  /** Keeps what an instance that takes the call over is to be told. */
  readonly save: (state: unknown) => void
  readonly reply: (event: BotEvent) => void
  /** Whoever follows the session is told of it here. */
  readonly news: Pick<SessionNews, 'moment' | 'recording'>
  readonly clock: Clock
  readonly log: Log
}

const callOver: ControlFailure = { code: 'call-over', message: 'the call ended before it was done' }

/** For replies that follow from the end of the call, such as what became of a transfer. */
const lastRepliesMs = 50

/** As many as a bot may have under way at once; more is a loop gone wild. */
const maxOpen = 100

/** Under way. Numbers come again with the next bot: what counts is the object. */
interface OpenRequest {
  readonly id: number
  readonly value: unknown
  readonly cancel: AbortController
  done: Promise<void>
}

/** Does what a bot asks of its node for its own call, and replies to each request once. */
export class CallControl {
  readonly #options: CallControlOptions
  readonly #over = new AbortController()
  readonly #open = new Map<number, OpenRequest>()

  readonly #recordings: BotRecordings

  constructor(options: CallControlOptions) {
    this.#options = options
    const { recordings: shelf, news } = options
    this.#recordings = new BotRecordings({ ...options, shelf, tell: (recording) => news.recording(recording) })
  }

  /** Requests under way. */
  get pending(): number {
    return this.#open.size
  }

  request(id: number, value: unknown): void {
    const refusal = this.#refuse(id, value)
    if (refusal) {
      this.#options.log.warn({ ...refusal }, 'a request of the bot was refused')
      this.#options.reply({ type: 'reply', id, failure: refusal })
      return
    }
    const open: OpenRequest = { id, value, cancel: new AbortController(), done: Promise.resolve() }
    this.#open.set(id, open)
    open.done = this.#serve(open)
  }

  cancel(id: number, by: StopBy): void {
    this.#open.get(id)?.cancel.abort(new Cancelled(by))
  }

  /** The carrier has the caller. Without credentials the call ends when it comes back. */
  async hangUp(): Promise<void> {
    const { carrier, callId, log } = this.#options
    try {
      await carrier?.hangUp(callId)
    } catch (error) {
      log.warn({ err: error }, 'the carrier did not hang up; the call ends when it comes back')
    }
  }

  /** The bot that asked is gone. What the carrier has begun goes on; what it has not is not begun, and nobody is told. */
  abandon(): void {
    for (const { value, cancel } of this.#open.values()) {
      this.#options.log.warn({ verb: verbOf(value) }, 'the bot crashed before what it asked for was done')
      cancel.abort(new BotGone())
    }
    this.#open.clear()
  }

  /** The call is over. Resolves once everything was replied to, which is soon. */
  async end(): Promise<void> {
    this.#over.abort(new Error('the call is over'))
    const done = Promise.all([...this.#open.values()].map(({ done }) => done))
    await Promise.race([done, sleep(this.#options.clock, lastRepliesMs)])
    for (const open of this.#open.values()) this.#fail(open, callOver)
    void this.#recordings.keepRest()
  }

  #refuse(id: number, value: unknown): ControlFailure | undefined {
    if (this.#over.signal.aborted) return callOver
    if (this.#open.has(id)) return { code: 'invalid', message: `request ${id} is under way already` }
    if (this.#open.size >= maxOpen && verbOf(value) !== 'save')
      return { code: 'busy', message: `${maxOpen} requests are under way already` }
    if (!namesOtherCall(value, this.#options.callId)) return undefined
    return { code: 'not-allowed', message: 'a bot controls its own call only' }
  }

  async #serve(open: OpenRequest): Promise<void> {
    const { id, value, cancel } = open
    const { log, news } = this.#options
    const signal = AbortSignal.any([this.#over.signal, cancel.signal])
    // The reply comes in a turn of its own, however quickly it is known.
    await Promise.resolve()
    try {
      const request = parseControlRequest(value)
      if (!request.ok) throw new ControlError('invalid', describeFailure(request))
      const { verb } = request.value
      // A bot may save after every sentence.
      const level = verb === 'save' ? 'debug' : 'info'
      log[level]({ verb }, 'the bot asks')
      if (verb !== 'save') news.moment({ type: 'asked', request: id, verb })
      const result = await this.#do(request.value, signal)
      log[level]({ verb, ...result }, 'done for the bot')
      if (!this.#close(open)) return
      if (verb !== 'save') news.moment({ type: 'replied', request: id, outcome: outcomeOf(result) })
      this.#options.reply({ type: 'reply', id, result })
    } catch (error) {
      if (error instanceof BotGone) return
      const failure = this.#failureOf(error)
      log.warn({ verb: verbOf(value), ...failure }, 'not done for the bot')
      this.#fail(open, failure)
    }
  }

  #fail(open: OpenRequest, failure: ControlFailure): void {
    if (!this.#close(open)) return
    this.#options.news.moment({ type: 'replied', request: open.id, failure: failure.code })
    this.#options.reply({ type: 'reply', id: open.id, failure })
  }

  #close(open: OpenRequest): boolean {
    return this.#open.get(open.id) === open && this.#open.delete(open.id)
  }

  #failureOf(error: unknown): ControlFailure {
    if (this.#over.signal.aborted) return callOver
    if (error instanceof ControlError) return error.failure
    this.#options.log.error({ err: error }, 'a request of the bot failed')
    return { code: 'unavailable', message: `the node failed: ${messageOf(error)}` }
  }

  #do(request: ControlRequest, signal: AbortSignal): Promise<ControlResults[ControlRequest['verb']]> {
    const context: VerbContext = {
      ...this.#options,
      leave: (plan, onward) => {
        if (signal.reason instanceof BotGone) throw signal.reason
        return this.#options.leave(plan, onward)
      },
      signal,
      recordings: this.#recordings,
    }
    switch (request.verb) {
      case 'say':
        return say(request, context)
      case 'play-url':
        return playUrl(request, context)
      case 'record':
        return record(request, context)
      case 'stop-recording':
        return stopRecording(request, context)
      case 'send-digits':
        return sendDigits(request, context)
      case 'save':
        this.#options.save(JSON.parse(request.json))
        return Promise.resolve({})
      case 'transfer':
        return transfer(request, context)
      case 'take-message':
        return takeMessage(request, context)
    }
  }
}

/** Like a bot that has no more use for it, and nobody is told of the result. */
class BotGone extends Cancelled {
  constructor() {
    super('bot')
  }
}

const namesOtherCall = (value: unknown, callId: string): boolean =>
  typeof value === 'object' && value !== null && 'callId' in value && value.callId !== callId

const outcomeOf = (result: object): string | undefined =>
  'outcome' in result && typeof result.outcome === 'string' ? result.outcome : undefined

const verbOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'verb' in value && typeof value.verb === 'string'
    ? value.verb
    : undefined

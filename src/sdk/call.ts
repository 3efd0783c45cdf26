import type { AudioFormat } from '../audio/format.ts'
import type { Clock } from '../lib/clock.ts'
import { AudioChunk } from './audio-chunk.ts'
import type { Interruptible } from './barge-in.ts'
import type { CallEvent } from './call-events.ts'
import { Checkpoints } from './checkpoints.ts'
import type { ControlRequest, ControlResults, MessageTaken, TransferResult } from './control.ts'
import type { DigitsOptions, DigitsResult } from './digits.ts'
import type { HoldOptions } from './hold.ts'
import { Inbox } from './inbox.ts'
import { Keypad } from './keypad.ts'
import { Output } from './output.ts'
import type { PlayOptions, PlaySource } from './play-source.ts'
import type { BotCommand, BotEvent, CallStart, EndReason } from './protocol.ts'
import { type Resumed, toResumed } from './resumed.ts'
import { toSaveRequest } from './save.ts'
import { type RecordOptions, Recording, toRecordRequest } from './recording.ts'
import { Requests } from './requests.ts'
import type { SayOptions } from './say.ts'
import { type MessageOptions, toMessageRequest } from './take-message.ts'
import { createTold, type Told } from './told.ts'
import { toTransferRequest, type TransferOptions, type TransferTarget } from './transfer.ts'
import type { Utterance } from './utterance.ts'

interface CallOptions {
  readonly start: CallStart
  readonly send: (command: BotCommand) => void
  readonly clock: Clock
  /** Where the call says what nobody awaited: a prompt that could not be played. */
  readonly print: (text: string) => void
  /** Where relative paths begin. Default: the working directory, which for a bot in its own process is its folder. */
  readonly folder?: string
}

/**
 * One telephone call, as its bot sees it. Iterate it for what happens; one loop per call.
 *
 *     for await (const event of call) {
 *       if (event.type === 'audio') call.write(event.audio)
 *     }
 *
 * Durations are milliseconds. A wrong argument rejects with a `TypeError` or a `RangeError`, what could not be done with a
 * `CallControlError`, whose code is `call-over` once the call has ended. Every failure is printed too: nothing needs to be
 * awaited.
 */
export class Call implements AsyncIterable<CallEvent> {
  /** The carrier's id of the call: Plivo's CallUUID. */
  readonly id: string
  readonly sessionId: string
  /** As the carrier writes it: digits with country code, with or without `+`, or a `sip:` URI. */
  readonly from: string | undefined
  readonly to: string | undefined
  readonly direction: 'inbound' | 'outbound' | undefined
  /** Extra headers of the stream. They come from outside: never take them as proof of anything. */
  readonly headers: Readonly<Record<string, string>>
  /** Custom data of whoever started the call. */
  readonly body: unknown
  /** Present when another instance had the call before, and crashed. */
  readonly resumed: Resumed | undefined
  /** W3C's trace context of the session, for what the bot traces itself. Undefined: the node does not trace. */
  readonly traceparent: string | undefined
  /** Format of `event.audio` and of what `write` takes. */
  readonly format: AudioFormat
  /** Fires when the call is over: hand it to every fetch, so that it dies with the call. */
  readonly signal: AbortSignal

  readonly #send: (command: BotCommand) => void
  readonly #told: Told
  readonly #inbox: Inbox
  readonly #requests: Requests
  readonly #output: Output
  readonly #keypad: Keypad
  readonly #checkpoints: Checkpoints
  readonly #over = new AbortController()
  readonly #ended = Promise.withResolvers<void>()

  /** @internal */
  constructor({ start, send, clock, print, folder }: CallOptions) {
    this.id = start.callId
    this.sessionId = start.sessionId
    this.from = start.from
    this.to = start.to
    this.direction = start.direction
    this.headers = start.headers
    this.body = start.body
    this.resumed = toResumed(start)
    this.traceparent = start.traceparent
    this.format = start.format
    this.signal = this.#over.signal
    this.#send = send
    this.#told = createTold(print)
    this.#inbox = new Inbox({ format: start.format, print })
    this.#requests = new Requests({ send, signal: this.signal })
    const onClear = () => this.#checkpoints.drop()
    this.#output = new Output({
      format: start.format,
      send,
      clock,
      requests: this.#requests,
      print,
      folder,
      onClear,
      lastUtterance: start.resumed?.utterances,
    })
    this.#checkpoints = new Checkpoints({ player: this.#output.player, send })
    this.#keypad = new Keypad({
      clock,
      takeDigit: () => this.#inbox.takeDigit(),
      signal: this.signal,
      play: (prompt) =>
        typeof prompt === 'object' && 'say' in prompt ? this.say(prompt.say, prompt) : this.play(prompt),
      watch: (utterance, rule) => this.#output.watch(utterance, rule),
    })
  }

  /**
   * Sends audio in `format` to the caller at once, as it is, ahead of what is played. What is written without a pause is one
   * utterance: it ends 200 ms after all of it should have been heard, at `clear`, and when something is played or said.
   * What is written after that, or after it was cut, is the next one. Half a sample at the end waits for its other half.
   */
  write(audio: AudioChunk | Uint8Array): Utterance {
    return this.#output.write(audio instanceof AudioChunk ? audio.bytes : audio)
  }

  /**
   * Plays a WAV file, its bytes, or PCM, in real time, after whatever is being played already. A source on the web is
   * fetched and played by Plivo itself, as `say` speaks.
   */
  play(source: PlaySource, options: PlayOptions = {}): Utterance {
    return this.#output.play(source, options)
  }

  /**
   * Plivo's own voice speaks. It begins once all that was asked for before was heard, and what is asked for later waits for
   * its end. What was heard of it is an estimate. Rejects with a `TypeError` or a `CallControlError`.
   */
  say(text: string, options: SayOptions & { readonly interruptible?: Interruptible } = {}): Utterance {
    return this.#output.say(text, options, options.interruptible)
  }

  /**
   * Lets the caller cut an utterance that plays or waits already: as the option of `play` does, for written audio too. With
   * other options it replaces those given before. Only this utterance is cut, the moment it is what the caller hears; what
   * waits behind it goes on, unless `clear` is set. A key that cuts is delivered as well. Returns the utterance.
   */
  interruptible(utterance: Utterance, options: Interruptible = true): Utterance {
    return this.#output.interruptible(utterance, options)
  }

  /** Cuts everything that waits to be heard, played or written. */
  clear(): void {
    if (!this.signal.aborted) this.#output.clear()
  }

  /**
   * Resolves to true once all audio sent before it has been heard, to false when it was cleared or the call is over.
   * Names must be unique within the call, or it rejects with a `RangeError`; without one it gets its own.
   */
  checkpoint(name?: string): Promise<boolean> {
    return this.#told('checkpoint', () => (this.signal.aborted ? false : this.#checkpoints.add(name)))
  }

  /**
   * Collects key presses; those already waiting unread count. While it collects, no `dtmf` event comes for them. Rejects
   * with a `RangeError` or a `TypeError` for wrong options, with what is wrong with the prompt, and with an `Error` while it
   * collects already.
   */
  digits(options: DigitsOptions = {}): Promise<DigitsResult> {
    return this.#told('digits', () => this.#keypad.collect(options))
  }

  /**
   * Plays key tones to the far end: `0-9 * # A-D`; `w` waits half a second, `W` a whole one. Resolves once the node has
   * passed them on. Rejects with a `RangeError` or a `CallControlError`.
   */
  sendDigits(digits: string): Promise<void> {
    return this.#told('sendDigits', async () => {
      if (!/^[0-9*#A-DwW]+$/.test(digits)) throw new RangeError(`sendDigits takes 0-9 * # A-D w W, got ${digits}`)
      await this.#requests.ask({ verb: 'send-digits', digits }).reply
    })
  }

  /** Starts a recording of the call by Plivo. Rejects with a `TypeError`, a `RangeError` or a `CallControlError`. */
  record(options: RecordOptions = {}): Promise<Recording> {
    return this.#told('record', async () => {
      const request = toRecordRequest(options)
      const recorder = { requests: this.#requests, told: this.#told }
      return new Recording(recorder, request, await this.#requests.ask(request).reply)
    })
  }

  /**
   * Keeps `state` for an instance that takes the call over: its `call.resumed.state`. What was saved before is replaced.
   * Resolves once the node has it; a call that crashes right after has it as well. At most 64 KiB as JSON. Rejects with a
   * `TypeError` or a `RangeError`.
   */
  save(state: unknown): Promise<void> {
    return this.#told('save', async () => {
      await this.#requests.ask(toSaveRequest(state)).reply
    })
  }

  /**
   * Connects the caller with somebody else, once all that was asked for before was heard; a hold ends. Resolves when it is
   * known how that went: somebody took the call, or nobody; with `afterwards: 'bot'` when the caller is back. What is played
   * meanwhile waits. Rejects with a `TypeError`, a `RangeError` or a `CallControlError`.
   */
  transfer(to: TransferTarget, options: TransferOptions = {}): Promise<TransferResult> {
    return this.#told('transfer', () => this.#leave(toTransferRequest(to, options)))
  }

  /**
   * Lets the caller leave a message, which Plivo records, once all that was asked for before was heard; a hold ends. Resolves
   * when the caller is back or gone. Rejects with a `RangeError` or a `CallControlError`.
   */
  takeMessage(options: MessageOptions = {}): Promise<MessageTaken> {
    return this.#told('takeMessage', () => this.#leave(toMessageRequest(options)))
  }

  /** Plays music, after whatever is being played already, until `unhold`; what is played meanwhile waits behind it. */
  hold(options: HoldOptions = {}): void {
    if (!this.signal.aborted) this.#output.hold(options)
  }

  /** Ends the music of `hold`. */
  unhold(): void {
    this.#output.unhold()
  }

  /**
   * Ends the call now, whatever is still playing; with `after`, as soon as that was heard or cut. Resolves when the call is
   * over and never rejects.
   */
  hangUp({ after }: { readonly after?: Utterance } = {}): Promise<void> {
    const hangUp = () => {
      if (!this.signal.aborted) this.#send({ type: 'hang-up' })
    }
    if (after) after.then(hangUp, hangUp)
    else hangUp()
    return this.#ended.promise
  }

  /** Ends when the call does. Throws when another loop reads already. */
  [Symbol.asyncIterator](): AsyncIterator<CallEvent, undefined> {
    return this.#inbox[Symbol.asyncIterator]()
  }

  /** @internal Resolves once the node has everything that the bot wants heard, or the call is over. */
  handedOver(): Promise<void> {
    return this.#output.inTurn()
  }

  /** @internal */
  receive(event: BotEvent): void {
    switch (event.type) {
      case 'audio':
        this.#inbox.hear(event)
        if (event.track === 'inbound') this.#output.hear(event.audio)
        return
      case 'utterance':
        return this.#output.player.report(event.report)
      case 'dtmf':
        this.#output.press(event.digit)
        if (!this.#keypad.press(event.digit)) this.#inbox.press(event.digit)
        return
      case 'checkpoint-played':
        return this.#checkpoints.played(event.name)
      case 'reply':
        return this.#requests.settle(event)
      case 'message':
        this.#inbox.message(event.raw)
    }
  }

  /** @internal The call is over; the bot's function may still run to its end. */
  end(reason: EndReason): void {
    if (this.signal.aborted) return
    this.#inbox.end(reason)
    this.#over.abort(new Error('the call is over'))
    this.#output.end()
    this.#requests.end()
    this.#checkpoints.drop()
    this.#keypad.end()
    this.#ended.resolve()
  }

  /** Takes the caller out of the stream, behind what was asked for before. */
  async #leave<Verb extends 'transfer' | 'take-message'>(
    request: Extract<ControlRequest, { verb: Verb }>,
  ): Promise<ControlResults[Verb]> {
    await this.#output.inTurn()
    return this.#requests.ask<Verb>(request).reply
  }
}

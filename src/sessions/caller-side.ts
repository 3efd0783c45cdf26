import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { CarrierMessage, StartMessage } from '../plivo/stream-messages.ts'
import type { UtteranceReport } from '../sdk/protocol.ts'
import type { CallPolicy } from './call-policy.ts'
import { Comfort } from './comfort.ts'
import { HoldMusic } from './overflow/hold-music.ts'
import type { HeardEntry } from './playout/ledger.ts'
import { Playout } from './playout/playout.ts'
import { SilenceWatch } from './silence-watch.ts'
import type { StreamEnd } from './playout/stretch.ts'

/** The carrier's socket, as a session uses it. The gateway owns it. */
export interface CarrierStream {
  send(text: string): void
  close(code: number, reason: string): void
}

interface CallerSideOptions {
  readonly policy: CallPolicy | undefined
  /** The caller waits in line first. */
  readonly queued: boolean
  /** Neither side was heard for as long as the policy allows. */
  readonly onSilence: () => void
  readonly report: (report: UtteranceReport) => void
  readonly onLate: (frames: number) => void
  readonly clock: Clock
  readonly log: Log
}

/** Silence at the beginning of a call before a tone says that somebody is coming. */
const firstToneMs = 400

/** The session's side towards its caller: the carrier's streams, one after another, and what is heard on them. */
export class CallerSide {
  readonly #options: CallerSideOptions
  /** The caller waits for the bot. */
  readonly #wait = {}
  #stream: CarrierStream | undefined
  #start: { readonly message: StartMessage; readonly raw: string } | undefined
  #playout: Playout | undefined
  #comfort: Comfort | undefined
  #silence: SilenceWatch | undefined
  #music: HoldMusic | undefined
  #inLine: boolean

  constructor(options: CallerSideOptions) {
    this.#options = options
    this.#inLine = options.queued
  }

  get connected(): boolean {
    return this.#stream !== undefined
  }

  /** The carrier's first message of the first stream. */
  get start(): { readonly message: StartMessage; readonly raw: string } | undefined {
    return this.#start
  }

  /** Undefined before the first stream has started. */
  get playout(): Playout | undefined {
    return this.#playout
  }

  /** What was heard of each utterance so far. */
  get ledger(): readonly HeardEntry[] {
    return this.#playout?.ledger ?? []
  }

  connect(stream: CarrierStream): void {
    this.#stream = stream
  }

  /** The stream has begun. */
  begin(message: StartMessage, raw: string): void {
    const { streamId, mediaFormat } = message.start
    const isFirst = !this.#start
    this.#start ??= { message, raw }
    this.#playout ??= this.#createPlayout(mediaFormat)
    this.#playout.attach({ streamId, send: (text) => this.send(text) })
    this.#silence?.start()
    if (!isFirst) return
    if (this.#inLine) this.#music?.start()
    else this.#awaitBot(firstToneMs)
  }

  /** Whoever waited in line waits for the bot now. */
  leaveLine(): void {
    if (!this.#inLine) return
    this.#inLine = false
    this.#stopMusic()
    if (this.#start) this.#awaitBot(firstToneMs)
  }

  /** The carrier is about to take the caller elsewhere. */
  leave(): void {
    this.#silence?.stop()
    this.#playout?.detach()
  }

  /** News of the stream that is there; news of one that another has followed is none. */
  disconnect(stream: CarrierStream): boolean {
    if (stream !== this.#stream) return false
    this.#stream = undefined
    return true
  }

  send(text: string): void {
    this.#stream?.send(text)
  }

  close(code: number, reason: string): void {
    this.#stream?.close(code, reason)
  }

  /** What the carrier says. Returns whether it answers something of ours. */
  receive(message: CarrierMessage): boolean {
    if (this.#silence) listen(this.#silence, message)
    return this.#playout?.receive(message) ?? false
  }

  /** Waits for `work`, and lets the caller hear that the line is alive. */
  during<T>(work: Promise<T>): Promise<T> {
    return this.#options.policy?.comfortTone === 'off' ? work : (this.#comfort?.during(work) ?? work)
  }

  /** The bot that the caller heard is gone: nothing more of what it said is heard, but a tone, until another has the call. */
  loseBot(): void {
    this.#playout?.cutByCrash()
    this.#awaitBot(0)
  }

  /** A bot has taken the call. */
  botTook(): void {
    if (this.#options.policy?.comfortTone !== 'until-spoken') this.#comfort?.end(this.#wait)
  }

  /** The bot has said something. */
  botSpoke(): void {
    this.#comfort?.end(this.#wait)
  }

  end(streamEnd: StreamEnd): void {
    this.#stopMusic()
    this.#comfort?.stop()
    this.#silence?.stop()
    this.#playout?.end(streamEnd)
  }

  #stopMusic(): void {
    if (!this.#music) return
    this.#music.stop()
    this.#music = undefined
    this.#playout?.clear()
  }

  #awaitBot(firstMs: number): void {
    if (this.#options.policy?.comfortTone !== 'off') this.#comfort?.begin(this.#wait, firstMs)
  }

  #createPlayout({ encoding, sampleRate: sampleRateHz }: StartMessage['start']['mediaFormat']): Playout {
    const { clock, log, report, onLate, policy, onSilence } = this.#options
    const format = { encoding, sampleRateHz }
    const playout = new Playout({
      format,
      clock,
      report,
      onLate,
      onOverflow: (droppedMs) =>
        log.warn({ droppedMs }, 'the bot is more than 5 minutes ahead of its caller; audio dropped'),
    })
    const quietMs = () => playout.quietMs
    const limitMs = policy?.maxSilenceMs
    if (limitMs !== undefined) this.#silence = new SilenceWatch({ format, limitMs, quietMs, onSilence, clock })
    const play = (audio: Uint8Array) => playout.write(0, audio)
    this.#comfort = new Comfort({ format, clock, quietMs, play })
    if (this.#inLine) this.#music = new HoldMusic({ format, clock, play })
    return playout
  }
}

function listen(silence: SilenceWatch, message: CarrierMessage): void {
  if (message.event === 'dtmf') silence.heard()
  if (message.event === 'media' && message.media.track === 'inbound')
    silence.hear(Buffer.from(message.media.payload, 'base64'))
}

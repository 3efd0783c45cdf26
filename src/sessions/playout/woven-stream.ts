import { type AudioFormat, bytesOf, durationMs, frameMs } from '../../audio/format.ts'
import type { Clock } from '../../lib/clock.ts'
import { encodeBotMessage, encodePlayAudio } from '../../plivo/stream-codec.ts'
import type { CarrierMessage } from '../../plivo/stream-messages.ts'
import { nodeCheckpointPrefix } from '../../sdk/protocol.ts'
import type { HeardAccount } from './heard-account.ts'
import { type Sent, SentAudio } from './sent-audio.ts'
import { StreamLedger } from './stream-ledger.ts'
import type { StreamEnd } from './stretch.ts'

/** The carrier's stream, as the playout uses it. */
export interface OpenStream {
  readonly streamId: string
  /** Sends a message to the carrier. */
  readonly send: (text: string) => void
}

interface WovenStreamOptions extends OpenStream {
  readonly format: AudioFormat
  readonly clock: Clock
  /** Numbers our checkpoints: each greater than all before, in this stream and others. */
  readonly nextMark: () => number
}

/** Our own checkpoints stand so far apart, in audio. */
const checkpointEveryMs = 200
/** A carrier that waited so long begins anew, at a moment that is not quite known: a checkpoint tells, behind one frame. */
const beginsAfterMs = 5
/** At most 16 KB of base64 in one message. */
const maxMessageBytes = 12_000
/** Audio is kept so long after its time for a carrier that acknowledges nothing. */
const keptMs = 10_000

/** One stream of the carrier's, with our checkpoints woven into the audio, and the ledger of what was heard of it. */
export class WovenStream {
  readonly ledger = new StreamLedger()
  readonly #options: WovenStreamOptions
  readonly #sent: SentAudio
  readonly #beforeMark: string
  readonly #clearAudio: string
  #acknowledged = 0

  constructor(options: WovenStreamOptions) {
    const { format, streamId } = options
    this.#options = options
    this.#sent = new SentAudio(format)
    this.#beforeMark = `{"event":"checkpoint","streamId":${JSON.stringify(streamId)},"name":"${nodeCheckpointPrefix}`
    this.#clearAudio = encodeBotMessage({ event: 'clearAudio', streamId })
  }

  /** Milliseconds that the carrier has left to play, by our clock. */
  get aheadMs(): number {
    return Math.max(0, this.ledger.endsAt - this.#now)
  }

  /** The latest of our checkpoints that was acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  send(text: string): void {
    this.#options.send(text)
  }

  /** Without an account it is nobody's, and in no ledger. */
  sendAudio(audio: Uint8Array, account: HeardAccount | undefined): void {
    const { format } = this.#options
    const pieceBytes = Math.min(maxMessageBytes, bytesOf(format, checkpointEveryMs))
    const begins = this.ledger.waitedMs(this.#now) >= beginsAfterMs
    for (let at = 0; at < audio.length;) {
      const first = begins && at === 0
      const piece = audio.subarray(at, at + (first ? bytesOf(format, frameMs) : pieceBytes))
      const ms = durationMs(format, piece.length)
      if (this.ledger.unmarkedMs > 0 && this.ledger.unmarkedMs + ms > checkpointEveryMs) this.#sendMark()
      this.#sendPiece(piece, ms, account)
      if (first || this.ledger.unmarkedMs >= checkpointEveryMs) this.#sendMark()
      at += piece.length
    }
  }

  /** Stands behind the last audio of an utterance. Returns the number that is acknowledged once it has been heard. */
  sendEnd(utterance: number): number {
    this.#sent.add({ kind: 'end', utterance }, this.ledger.sentMs)
    return this.ledger.endMark ?? this.#sendMark()
  }

  /** Makes sure that what was sent last will be acknowledged. */
  sendTail(): void {
    if (this.ledger.unmarkedMs > 0) this.#sendMark()
  }

  /** The bot's own. */
  sendCheckpoint(name: string): void {
    const { streamId } = this.#options
    this.#sent.add({ kind: 'checkpoint', utterance: 0, name }, this.ledger.sentMs)
    this.send(encodeBotMessage({ event: 'checkpoint', streamId, name }))
  }

  /** Is any audio of an utterance still to be heard, by our clock? */
  holds(utterance: number): boolean {
    return this.#sent.behindMs(utterance, this.ledger.reachedMs(this.#now)) > 0
  }

  /** Cuts everything. Returns, in order, what was not heard. */
  clear(): Sent[] {
    const unheard = this.#sent.clear(this.ledger.reachedMs(this.#now))
    this.ledger.clear(this.#now, 'node')
    this.send(this.#clearAudio)
    return unheard
  }

  /** A message of the bot's own has gone out that carries audio. */
  notePassed(ms: number, account: HeardAccount, doubtful: boolean): void {
    this.ledger.add(ms, this.#now, account, doubtful)
    if (this.ledger.unmarkedMs >= checkpointEveryMs) this.#sendMark()
  }

  /** A message of the bot's own has gone out that clears. */
  notePassedClear(): void {
    this.#sent.clear(0)
    this.ledger.clear(this.#now, 'bot')
  }

  /** Returns whether the carrier answers something of ours with it. */
  receive(message: CarrierMessage): boolean {
    switch (message.event) {
      case 'media':
        if (message.media.timestamp !== undefined) this.ledger.tick(message.media.timestamp, this.#now)
        return false
      case 'playedStream':
        this.#sent.forget(this.ledger.ackedMs)
        if (message.name.startsWith(nodeCheckpointPrefix)) {
          const mark = Number(message.name.slice(nodeCheckpointPrefix.length))
          if (this.ledger.acknowledge(mark, this.#now)) this.#acknowledged = mark
          return true
        }
        this.#sent.played(message.name)
        return false
      case 'clearedAudio':
        return this.ledger.cleared(this.#now) === 'node'
      default:
        return false
    }
  }

  close(known: StreamEnd): void {
    this.ledger.close(known, this.#now)
  }

  #sendPiece(audio: Uint8Array, ms: number, account: HeardAccount | undefined): void {
    const { format } = this.#options
    this.send(encodePlayAudio({ encoding: format.encoding, sampleRate: format.sampleRateHz }, audio))
    this.#sent.forget(this.ledger.reachedMs(this.#now) - keptMs)
    this.#sent.add({ kind: 'audio', utterance: account?.utterance ?? 0, audio }, this.ledger.sentMs)
    this.ledger.add(ms, this.#now, account)
  }

  #sendMark(): number {
    const mark = this.#options.nextMark()
    this.send(`${this.#beforeMark}${mark}"}`)
    this.ledger.mark(mark, this.#now)
    return mark
  }

  get #now(): number {
    return this.#options.clock.monotonic()
  }
}

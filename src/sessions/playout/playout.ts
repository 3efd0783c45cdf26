import { type AudioFormat, durationMs, frameMs } from '../../audio/format.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { CarrierMessage } from '../../plivo/stream-messages.ts'
import type { StopBy, UtteranceReport } from '../../sdk/protocol.ts'
import type { HeardAccount } from './heard-account.ts'
import { HeldAudio } from './held-audio.ts'
import type { HeardEntry, LedgerCut } from './ledger.ts'
import { PassedAudio } from './passed-audio.ts'
import { PlayQueue } from './play-queue.ts'
import { QuietWait } from '../quiet-wait.ts'
import type { Sent } from './sent-audio.ts'
import type { StreamEnd } from './stretch.ts'
import { Utterances } from './utterances.ts'
import { type OpenStream, WovenStream } from './woven-stream.ts'

export interface PlayoutOptions {
  readonly format: AudioFormat
  readonly clock: Clock
  readonly report: (report: UtteranceReport) => void
  readonly onOverflow: (droppedMs: number) => void
  /** Played audio was sent so late that the caller heard a gap, of so many frames. */
  readonly onLate?: ((frames: number) => void) | undefined
}

/** Played audio leaves at most this far ahead of the caller's ear: little to take back, enough to ride out a stutter. */
const playAheadMs = 200
/** Written audio leaves as it comes, up to this: the carrier's queue holds about 60 s, by some pages 40. */
const writeAheadMs = 30_000

/**
 * Sends a bot's audio to the carrier: what is written at once, what is played on an absolute schedule; and knows what
 * the caller has heard of it. Streams come and go under it; it lasts as long as the call.
 */
export class Playout {
  readonly #options: PlayoutOptions
  readonly #utterances: Utterances
  readonly #queue: PlayQueue
  readonly #held: HeldAudio
  readonly #passed: PassedAudio
  readonly #quiet: QuietWait
  #stream: WovenStream | undefined
  #timer: Timer | undefined
  #marks = 0
  #over = false
  #quietSince: number

  constructor(options: PlayoutOptions) {
    const { format, clock } = options
    this.#options = options
    this.#queue = new PlayQueue(format)
    this.#held = new HeldAudio(format)
    this.#utterances = new Utterances({
      ...options,
      heard: (account, claimMs) =>
        this.#stream?.ledger.heard(account, this.#now, claimMs) ?? account.heard(nothing, claimMs),
      onFinished: () => this.#settleQuiet(),
    })
    this.#passed = new PassedAudio({ format, clock, begin: () => this.#utterances.begin(0, 'passed') })
    this.#quiet = new QuietWait(clock)
    this.#quietSince = clock.monotonic()
  }

  /** The caller's stream is there. What waits goes on. */
  attach(stream: OpenStream): void {
    if (this.#over) return
    if (this.#stream) this.detach()
    this.#stream = new WovenStream({ ...this.#options, ...stream, nextMark: () => ++this.#marks })
    this.#pump()
  }

  /**
   * The stream is gone, the call goes on. What was sent is not sent again; what was not waits for the next stream.
   * `known` says what the account may rely on: see `StreamEnd`.
   */
  detach(known: StreamEnd = 'unknown'): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const stream = this.#stream
    if (!stream) return
    this.#stream = undefined
    this.#quietSince = Math.max(this.#quietSince, Math.min(stream.ledger.endsAt, this.#now))
    this.#passed.stop('hang-up')
    stream.close(known)
    this.#utterances.cutWhole('hang-up')
    this.#settleQuiet()
  }

  /** Sends audio at once; only what would flood the carrier's queue waits. Utterance 0 is the node's own. */
  write(utterance: number, audio: Uint8Array): void {
    // The node's own audio is for now or never.
    if (this.#over || (utterance === 0 && !this.#stream)) return
    const account = utterance === 0 ? undefined : this.#utterances.account(utterance, 'write')
    const ms = durationMs(this.#options.format, audio.length)
    if (this.#stream && this.#held.empty && this.#stream.aheadMs + ms <= writeAheadMs) {
      this.#send(audio, account)
      return
    }
    if (this.#held.add(account, audio)) this.#pump()
    else this.#options.onOverflow(ms)
  }

  play(utterance: number, audio: Uint8Array): void {
    if (this.#over) return
    this.#queue.play(this.#utterances.account(utterance, 'play'), audio)
    this.#pump()
  }

  playEnd(utterance: number): void {
    if (this.#over) return
    const account = this.#utterances.account(utterance, 'play')
    if (account.kind === 'play') this.#queue.end(account)
    else this.#held.end(utterance)
    this.#pump()
  }

  /** Cuts one utterance. What was sent behind it is sent again. */
  stop(utterance: number, by: StopBy): void {
    const account = this.#utterances.find(utterance)
    if (!account) return
    this.#queue.drop(utterance)
    this.#held.drop(utterance)
    const stream = this.#stream
    const unheard = stream?.holds(utterance) ? this.#takeBack(stream) : []
    // What our clock takes for heard is yet to be acknowledged.
    if (account.open > 0) stream?.sendTail()
    this.#utterances.cut(utterance, by)
    for (const sent of unheard) if (sent.kind === 'checkpoint' || sent.utterance !== utterance) this.#resend(sent)
    this.#pump()
  }

  /** Cuts everything. */
  clear(): void {
    this.#cutEverything('bot')
  }

  /** Its bot is gone, and what it wanted heard with it; the next one begins anew. */
  cutByCrash(): void {
    this.#quiet.stop()
    this.#cutEverything('crash')
  }

  checkpoint(name: string): void {
    this.#queue.checkpoint(name)
    this.#pump()
  }

  /** A message in the carrier's words goes out as it is, at once. Without a stream it is lost. */
  passOn(raw: string): void {
    const stream = this.#stream
    if (!stream || this.#over) return
    stream.send(raw)
    if (this.#passed.note(raw, stream) !== 'clear') return
    this.#noteQuiet()
    stream.notePassedClear()
    this.#utterances.cutWhole('bot')
  }

  /** What the carrier says. Returns whether it answers something of ours, which no bot needs to see. */
  receive(message: CarrierMessage): boolean {
    const stream = this.#stream
    if (!stream) return false
    const ours = stream.receive(message)
    if (message.event === 'playedStream' || message.event === 'clearedAudio') {
      this.#utterances.review(stream.acknowledged)
      this.#settleQuiet()
    }
    return ours
  }

  /** Calls `then` once nothing is left to be heard. */
  whenQuiet(then: () => void): void {
    this.#quiet.start(then)
    this.#settleQuiet()
  }

  /** How long the caller has had nothing to hear, by our clock, in milliseconds. 0 while there is something. */
  get quietMs(): number {
    return Math.max(0, this.#now - Math.max(this.#quietSince, this.#stream?.ledger.endsAt ?? 0))
  }

  /** What became of each utterance, and of what was passed on; the latest 1000, in the order in which they began. */
  get ledger(): readonly HeardEntry[] {
    return this.#utterances.entries
  }

  /** The call is over: reports what was heard of everything that was not heard to its end. `known`: see `StreamEnd`. */
  end(known: StreamEnd = 'unknown'): void {
    if (this.#over) return
    this.#over = true
    this.#quiet.stop()
    this.detach(known)
    this.#queue.clear()
    this.#held.clear()
    this.#utterances.cutAll('hang-up')
  }

  #cutEverything(by: LedgerCut): void {
    this.#queue.clear()
    this.#held.clear()
    if (this.#stream) this.#takeBack(this.#stream)
    this.#passed.stop(by)
    this.#utterances.cutAll(by)
    this.#pump()
  }

  #pump(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const stream = this.#stream
    if (this.#over || !stream) return
    while (!this.#held.empty && (stream.aheadMs < writeAheadMs || this.#held.next === 'end'))
      this.#sendDue(this.#held.take())
    while (this.#isDue(stream)) this.#sendDue(this.#queue.take())
    const waitsFor = this.#queue.next === 'audio' ? playAheadMs : this.#held.empty ? undefined : writeAheadMs
    if (waitsFor === undefined) this.#settleQuiet()
    else this.#wait(Math.max(1, stream.aheadMs - waitsFor + frameMs))
  }

  #wait(delayMs: number): void {
    const dueAt = this.#now + delayMs
    this.#timer = this.#options.clock.after(delayMs, () => {
      // What was sent ahead has been heard by then.
      const gapMs = this.#now - dueAt - (playAheadMs - frameMs)
      if (gapMs > 0) this.#options.onLate?.(Math.ceil(gapMs / frameMs))
      this.#pump()
    })
  }

  /** Is it time for what comes next in the queue? */
  #isDue(stream: WovenStream): boolean {
    const { next } = this.#queue
    if (next === 'audio') return stream.aheadMs <= playAheadMs - frameMs
    // A checkpoint stands behind what was written before it, too.
    if (next === 'checkpoint') return this.#held.empty
    return next === 'end'
  }

  #sendDue(due: ReturnType<PlayQueue['take']> | ReturnType<HeldAudio['take']>): void {
    if (due?.type === 'audio') this.#send(due.audio, due.account)
    else if (due?.type === 'end') this.#sendEnd(due.utterance)
    else if (due) this.#stream?.sendCheckpoint(due.name)
  }

  #send(audio: Uint8Array, account: HeardAccount | undefined): void {
    this.#stream?.sendAudio(audio, account)
    if (account) this.#utterances.sent(account, durationMs(this.#options.format, audio.length))
  }

  /** Asks the carrier to say when an utterance has been heard to its end. */
  #sendEnd(utterance: number): void {
    if (this.#stream) this.#utterances.whole(utterance, this.#stream.sendEnd(utterance), this.#stream.aheadMs)
  }

  /** What had been sent once, and was taken back for another's sake. */
  #resend(sent: Sent): void {
    if (sent.kind === 'checkpoint') this.#stream?.sendCheckpoint(sent.name)
    else if (sent.kind === 'end') this.#sendEnd(sent.utterance)
    else this.#stream?.sendAudio(sent.audio, this.#utterances.find(sent.utterance))
  }

  #takeBack(stream: WovenStream): Sent[] {
    this.#noteQuiet()
    return stream.clear()
  }

  /** From now on nothing is left to be heard. */
  #noteQuiet(): void {
    if (this.quietMs === 0) this.#quietSince = this.#now
  }

  #settleQuiet(): void {
    const waits = this.#over || !this.#queue.empty || !this.#held.empty || this.#utterances.unsettled > 0
    if (waits) this.#quiet.pause()
    else this.#quiet.look(this.#stream)
  }

  get #now(): number {
    return this.#options.clock.monotonic()
  }
}

const nothing = { low: 0, estimate: 0, high: 0 }

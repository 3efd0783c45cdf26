import { type AudioFormat, bytesOf, durationMs, frameMs } from '../audio/format.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import { encodeBotMessage, encodePlayAudio } from '../plivo/stream-codec.ts'
import { type CutBy, nodeCheckpointPrefix, type UtteranceReport } from '../sdk/protocol.ts'
import { type Sent, SentAudio } from './sent-audio.ts'

export interface PlayoutOptions {
  readonly format: AudioFormat
  readonly streamId: string
  /** Sends a message to the carrier. */
  readonly send: (text: string) => void
  readonly report: (report: UtteranceReport) => void
  readonly clock: Clock
  readonly onOverflow: (droppedMs: number) => void
}

interface Playing {
  readonly kind: 'utterance'
  readonly id: number
  readonly waiting: Uint8Array[]
  /** No more audio will come. */
  ended: boolean
  sentMs: number
}

type Item = Playing | { readonly kind: 'checkpoint'; readonly name: string }

interface Cut {
  readonly cutBy: CutBy
  readonly which: (utterance: number) => boolean
  readonly unheardMs: (utterance: number) => number
}

/** Played audio leaves at most this far ahead of the caller's ear: little to take back, enough to ride out a stutter. */
const playAheadMs = 200
/** Written audio leaves as it comes, up to this: the carrier's queue holds about 60 s, by some pages 40. */
const writeAheadMs = 30_000
/** Written audio that may wait here beyond that. */
const maxHeldMs = 300_000
/** Some carriers lose an acknowledgement; an utterance is not kept waiting for it longer than this. */
const acknowledgementGraceMs = 2000
/** At most 16 KB of base64 in one message. */
const maxMessageBytes = 12_000
const reportEveryMs = 200

/**
 * Sends a bot's audio to the carrier: what is written at once, what is played on an absolute schedule; and knows what
 * the caller has heard of it.
 */
export class Playout {
  readonly #options: PlayoutOptions
  readonly #frameBytes: number
  readonly #sent: SentAudio
  #queue: Item[] = []
  #held: Uint8Array[] = []
  #heldMs = 0
  /** Utterances that were sent whole and wait for the carrier's word that they were heard. */
  readonly #unconfirmed = new Map<string, { utterance: number; sentMs: number; timer: Timer }>()
  #timer: Timer | undefined
  #checkpoints = 0
  #over = false
  #onQuiet: (() => void) | undefined

  constructor(options: PlayoutOptions) {
    this.#options = options
    this.#frameBytes = bytesOf(options.format, frameMs)
    this.#sent = new SentAudio(options.format, options.clock)
  }

  /** Sends audio at once; only what would flood the carrier's queue waits. */
  write(audio: Uint8Array): void {
    const ms = durationMs(this.#options.format, audio.length)
    if (this.#held.length === 0 && this.#sent.aheadMs + ms <= writeAheadMs) {
      this.#sendAudio(0, audio)
      return
    }
    if (this.#heldMs + ms > maxHeldMs) {
      this.#options.onOverflow(ms)
      return
    }
    const pieceBytes = this.#frameBytes * 50
    for (let at = 0; at < audio.length; at += pieceBytes) this.#held.push(audio.subarray(at, at + pieceBytes))
    this.#heldMs += ms
    this.#pump()
  }

  play(utterance: number, audio: Uint8Array): void {
    this.#playing(utterance).waiting.push(audio)
    this.#pump()
  }

  playEnd(utterance: number): void {
    this.#playing(utterance).ended = true
    this.#pump()
  }

  /** Cuts one utterance. What was sent behind it is sent again. */
  stop(utterance: number): void {
    const unheardMs = this.#sent.unheardMs(utterance)
    if (unheardMs > 0) {
      const unheard = this.#sent.clear()
      this.#options.send(clearAudio(this.#options.streamId))
      for (const sent of unheard) if (sent.utterance !== utterance) this.#sendOn(sent)
    }
    this.#report({ cutBy: 'bot', which: (id) => id === utterance, unheardMs: () => unheardMs })
    this.#pump()
  }

  /** Cuts everything. */
  clear(): void {
    this.#queue = this.#queue.filter((item) => item.kind === 'utterance')
    this.#report({ cutBy: 'bot', which: () => true, unheardMs: (id) => this.#sent.unheardMs(id) })
    this.#sent.clear()
    this.#options.send(clearAudio(this.#options.streamId))
    this.#held = []
    this.#heldMs = 0
    this.#pump()
  }

  checkpoint(name: string): void {
    this.#queue.push({ kind: 'checkpoint', name })
    this.#pump()
  }

  /** The carrier acknowledged a checkpoint. Returns whether it was one of ours, which no bot needs to see. */
  acknowledge(name: string): boolean {
    if (!name.startsWith(nodeCheckpointPrefix)) return false
    const heard = this.#unconfirmed.get(name)
    if (heard) {
      heard.timer.cancel()
      this.#unconfirmed.delete(name)
      this.#options.report({ utterance: heard.utterance, sentMs: heard.sentMs, finished: { heardMs: heard.sentMs } })
    }
    this.#settleQuiet()
    return true
  }

  /** Calls `then` once nothing is left to be heard. */
  whenQuiet(then: () => void): void {
    this.#onQuiet = then
    this.#settleQuiet()
  }

  /** The stream is over: reports what was heard of everything that was not heard to its end. */
  end(): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#report({ cutBy: 'hang-up', which: () => true, unheardMs: (id) => this.#sent.unheardMs(id) })
  }

  #playing(id: number): Playing {
    const known = this.#queue.find((item) => item.kind === 'utterance' && item.id === id)
    if (known?.kind === 'utterance') return known
    const playing: Playing = { kind: 'utterance', id, waiting: [], ended: false, sentMs: 0 }
    this.#queue.push(playing)
    return playing
  }

  #pump(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#over) return
    this.#sendHeld()
    while (this.#queue[0] && this.#advance(this.#queue[0])) this.#queue.shift()
    const head = this.#queue[0]
    const waitsFor =
      head?.kind === 'utterance' && head.waiting.length > 0
        ? playAheadMs
        : this.#held.length > 0
          ? writeAheadMs
          : undefined
    if (waitsFor !== undefined) this.#wakeWhenAheadBy(waitsFor - frameMs)
    else this.#settleQuiet()
  }

  /** Sends what is due of an item. Returns true when all of it has been sent. */
  #advance(item: Item): boolean {
    if (item.kind === 'checkpoint') {
      this.#sendOn({ kind: 'checkpoint', utterance: 0, name: item.name })
      return true
    }
    while (item.waiting.length > 0 && this.#sent.aheadMs <= playAheadMs - frameMs) this.#sendFrame(item)
    if (item.waiting.length > 0 || !item.ended) return false
    this.#confirm(item)
    return true
  }

  #sendFrame(item: Playing): void {
    const [piece] = item.waiting
    if (!piece) return
    const frame = piece.subarray(0, this.#frameBytes)
    if (frame.length < piece.length) item.waiting[0] = piece.subarray(frame.length)
    else item.waiting.shift()
    this.#sendAudio(item.id, frame)
    const before = item.sentMs
    item.sentMs += durationMs(this.#options.format, frame.length)
    if (Math.floor(before / reportEveryMs) !== Math.floor(item.sentMs / reportEveryMs)) {
      this.#options.report({ utterance: item.id, sentMs: item.sentMs })
    }
  }

  /** Asks the carrier to say when the utterance has been heard to its end. */
  #confirm({ id, sentMs }: Playing): void {
    const name = `${nodeCheckpointPrefix}${++this.#checkpoints}`
    this.#sendOn({ kind: 'checkpoint', utterance: id, name })
    const timer = this.#options.clock.after(this.#sent.aheadMs + acknowledgementGraceMs, () => this.acknowledge(name))
    this.#unconfirmed.set(name, { utterance: id, sentMs, timer })
  }

  /** Forgets utterances that were cut, and reports how much of each was heard. */
  #report({ cutBy, which, unheardMs }: Cut): void {
    const cut = (utterance: number, sentMs: number) => {
      const heardMs = Math.max(0, sentMs - unheardMs(utterance))
      this.#options.report({ utterance, sentMs, finished: { heardMs, cutBy } })
    }
    for (const [name, { utterance, sentMs, timer }] of this.#unconfirmed) {
      if (!which(utterance)) continue
      timer.cancel()
      this.#unconfirmed.delete(name)
      cut(utterance, sentMs)
    }
    const queue = this.#queue
    this.#queue = queue.filter((item) => item.kind === 'checkpoint' || !which(item.id))
    for (const item of queue) if (item.kind === 'utterance' && which(item.id)) cut(item.id, item.sentMs)
  }

  #sendHeld(): void {
    for (let piece = this.#held[0]; piece && this.#sent.aheadMs < writeAheadMs; piece = this.#held[0]) {
      this.#held.shift()
      this.#heldMs -= durationMs(this.#options.format, piece.length)
      this.#sendAudio(0, piece)
    }
  }

  #sendAudio(utterance: number, audio: Uint8Array): void {
    for (let at = 0; at < audio.length; at += maxMessageBytes) {
      this.#sendOn({ kind: 'audio', utterance, audio: audio.subarray(at, at + maxMessageBytes) })
    }
  }

  #sendOn(sent: Sent): void {
    const { format, streamId } = this.#options
    this.#options.send(
      sent.kind === 'audio'
        ? encodePlayAudio({ encoding: format.encoding, sampleRate: format.sampleRateHz }, sent.audio)
        : encodeBotMessage({ event: 'checkpoint', streamId, name: sent.name }),
    )
    this.#sent.add(sent)
  }

  #wakeWhenAheadBy(ms: number): void {
    this.#timer = this.#options.clock.after(Math.max(1, this.#sent.aheadMs - ms), () => this.#pump())
  }

  #settleQuiet(): void {
    if (!this.#onQuiet || this.#over) return
    if (this.#queue.length > 0 || this.#held.length > 0 || this.#unconfirmed.size > 0) return
    const aheadMs = this.#sent.aheadMs
    if (aheadMs > 0) {
      this.#timer ??= this.#options.clock.after(aheadMs, () => this.#pump())
      return
    }
    const then = this.#onQuiet
    this.#onQuiet = undefined
    then()
  }
}

const clearAudio = (streamId: string) => encodeBotMessage({ event: 'clearAudio', streamId })

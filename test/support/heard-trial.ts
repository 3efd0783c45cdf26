import { bytesOf, frameMs, mulaw8k } from '../../src/audio/format.ts'
import { ManualClock } from '../../src/lib/manual-clock.ts'
import { encodePlayAudio, parseBotMessage, parseCarrierMessage } from '../../src/plivo/stream-codec.ts'
import type { UtteranceReport } from '../../src/sdk/protocol.ts'
import { Playout } from '../../src/sessions/playout/playout.ts'
import type { StreamEnd } from '../../src/sessions/playout/stretch.ts'
import { resolveAssumptions } from '../../src/simulator/assumptions.ts'
import { MediaStream } from '../../src/simulator/media-stream.ts'
import { Metronome } from '../../src/simulator/metronome.ts'
import type { Claim } from './claims.ts'
import { type Delay, DelayedChannel } from './delayed-channel.ts'

interface TrialOptions {
  readonly random: () => number
  readonly toCarrier: Delay
  readonly fromCarrier: Delay
  /** The carrier acknowledges nothing, neither checkpoints nor clears. */
  readonly silent?: boolean
}

interface Offered {
  readonly voice: number
  readonly fromByte: number
  readonly toByte: number
  /** Clears before it. */
  readonly part: number
}

const format = mulaw8k
const contentType = { encoding: format.encoding, sampleRate: format.sampleRateHz }

/** Audio of one voice: every byte says whose it is. At most 250 voices. */
export const voice = (utterance: number, ms: number): Uint8Array => new Uint8Array(bytesOf(format, ms)).fill(utterance)

export const passedAudio = (run: number, ms: number): string => encodePlayAudio(contentType, voice(run, ms))

/**
 * A call in virtual time: the real playout, and the simulator's real stream, whose queue knows what was played; between
 * them a connection that is late at random.
 */
export class HeardTrial {
  readonly clock = new ManualClock()
  readonly playout: Playout
  /** Every report of the playout, with the truth of its moment. */
  readonly reports: (UtteranceReport & { readonly truthMs: number })[] = []
  readonly #media: MediaStream
  readonly #metronome: Metronome
  readonly #toCarrier: DelayedChannel
  readonly #fromCarrier: DelayedChannel
  readonly #offered: Offered[] = []
  #clears = 0
  #over = false

  constructor({ random, toCarrier, fromCarrier, silent = false }: TrialOptions) {
    const { clock } = this
    this.#toCarrier = new DelayedChannel(clock, random, toCarrier)
    this.#fromCarrier = new DelayedChannel(clock, random, fromCarrier)
    this.playout = new Playout({
      format,
      clock,
      report: (report) => this.reports.push({ ...report, truthMs: this.truthMs(report.utterance) }),
      onOverflow: () => {
        throw new Error('a trial holds little audio')
      },
    })
    this.#media = new MediaStream({
      socket: { send: (text) => this.#fromCarrier.send(() => this.#toNode(text, silent)) },
      format,
      callId: 'call',
      streamId: 'stream',
      accountId: 'account',
      clock,
      assumptions: resolveAssumptions({ maxQueuedMs: 600_000 }),
      onEvent: (event) => {
        if (event.type === 'warning') throw new Error(event.text)
        if (event.type === 'audio-cleared') this.#clears++
      },
    })
    this.#metronome = new Metronome(clock, frameMs, () => void this.#media.tick({}))
    this.#media.start()
    // The carrier's frames and ours do not begin together.
    clock.after(random() * frameMs, () => {
      if (!this.#over) this.#metronome.start()
    })
    this.playout.attach({
      streamId: 'stream',
      send: (text) => this.#toCarrier.send(() => this.#toMedia(text)),
    })
  }

  /** Milliseconds of a voice that were played to the line so far. */
  truthMs(utterance: number): number {
    const { queue } = this.#media
    return this.#offered
      .filter((piece) => piece.voice === utterance)
      .reduce((sum, { fromByte, toByte }) => sum + queue.playedMs(fromByte, toByte), 0)
  }

  /** What the last reports claim, beside what came to be. */
  get claims(): Claim[] {
    return this.reports.flatMap((report) => (report.finished ? [this.claim(report, report.finished)] : []))
  }

  claim(
    report: Pick<UtteranceReport, 'utterance' | 'heardMs' | 'uncertaintyMs'>,
    { cutBy }: { cutBy?: unknown },
  ): Claim {
    const { utterance, heardMs, uncertaintyMs } = report
    const truthMs = this.truthMs(utterance)
    const parts = new Set(this.#offered.filter((piece) => piece.voice === utterance).map(({ part }) => part)).size
    return { utterance, heardMs, uncertaintyMs, truthMs, cut: cutBy !== undefined, parts }
  }

  /** Ends the call: by the caller's hang-up, by another word of it (a webhook), or by the node. */
  end(known: StreamEnd, webhookDelayMs = 0): void {
    const stop = () => {
      this.#over = true
      this.#metronome.stop()
    }
    if (known === 'unknown') {
      this.playout.end(known)
      this.#toCarrier.send(stop)
    } else {
      stop()
      if (known === 'in-order') this.#fromCarrier.send(() => this.playout.end(known))
      else this.clock.after(webhookDelayMs, () => this.playout.end(known))
    }
    this.clock.advance(10_000)
    this.#toCarrier.cut()
    this.#fromCarrier.cut()
    stop()
  }

  #toMedia(text: string): void {
    const { queue } = this.#media
    const fromByte = queue.offeredBytes
    this.#media.receive(text)
    const message = parseBotMessage(text)
    if (!message.ok || message.value.event !== 'playAudio') return
    const [first = 0] = Buffer.from(message.value.media.payload, 'base64')
    const last = this.#offered.at(-1)
    const goesOn = last?.voice === first && last.part === this.#clears && last.toByte === fromByte
    if (goesOn) this.#offered.pop()
    const piece = { voice: first, part: this.#clears, toByte: queue.offeredBytes }
    this.#offered.push({ ...piece, fromByte: goesOn ? last.fromByte : fromByte })
  }

  #toNode(text: string, silent: boolean): void {
    const message = parseCarrierMessage(text)
    if (!message.ok) throw new Error('the simulator says nothing wrong')
    const { event } = message.value
    if (!silent || (event !== 'playedStream' && event !== 'clearedAudio')) this.playout.receive(message.value)
  }
}

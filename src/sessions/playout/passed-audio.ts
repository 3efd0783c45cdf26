import type { AudioFormat } from '../../audio/format.ts'
import type { Clock, Timer } from '../../lib/clock.ts'
import type { HeardAccount } from './heard-account.ts'
import type { LedgerCut } from './ledger.ts'
import { type PassedMessage, PassedMessageReader } from '../passed-message.ts'
import type { WovenStream } from './woven-stream.ts'

interface PassedAudioOptions {
  readonly format: AudioFormat
  readonly clock: Clock
  /** A new entry of the ledger. */
  readonly begin: () => HeardAccount
}

/** Silence that ends a run. */
const pauseMs = 500
/** More than this at once is perhaps not taken: the carrier's queue holds about 60 s, by some pages 40. */
const certainAheadMs = 40_000

/** Keeps account of a bot's audio that is passed on in the carrier's own words: one entry for each run without a pause. */
export class PassedAudio {
  readonly #options: PassedAudioOptions
  readonly #reader: PassedMessageReader
  #run: HeardAccount | undefined
  #timer: Timer | undefined

  constructor(options: PassedAudioOptions) {
    this.#options = options
    this.#reader = new PassedMessageReader(options.format)
  }

  /** A message has gone out. Returns what it was. */
  note(raw: string, stream: WovenStream): PassedMessage['type'] {
    const message = this.#reader.read(raw)
    if (message.type === 'audio') {
      this.#run ??= this.#begin(stream)
      const doubtful = message.doubtful || stream.aheadMs + message.ms > certainAheadMs
      this.#run.totalMs += message.ms
      stream.notePassed(message.ms, this.#run, doubtful)
    }
    if (message.type === 'clear') this.stop('bot')
    return message.type
  }

  /** The run is over, whatever of it waits. */
  stop(by: LedgerCut): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#run && this.#run.open > 0) this.#run.cutBy = by
    this.#run = undefined
  }

  #begin(stream: WovenStream): HeardAccount {
    const run = this.#options.begin()
    this.#watch(stream)
    return run
  }

  /** One timer for many messages: it looks again when the run could be over. */
  #watch(stream: WovenStream): void {
    this.#timer = this.#options.clock.after(stream.aheadMs + pauseMs, () => {
      if (this.#options.clock.monotonic() - stream.ledger.endsAt < pauseMs) this.#watch(stream)
      else {
        stream.sendTail()
        this.#run = undefined
      }
    })
  }
}

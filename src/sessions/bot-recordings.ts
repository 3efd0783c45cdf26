import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { RecordingStarted } from '../sdk/control.ts'
import type { Carrier, RecordingWanted } from './carrier/carrier.ts'
import { ControlError } from './control-error.ts'
import type { RecordingNews } from './recording-news.ts'
import type { RecordingShelf } from './recording-shelf.ts'

interface BotRecordingsOptions {
  /** Where copies are kept; with no shelf or carrier there are none. */
  readonly shelf: RecordingShelf | undefined
  readonly carrier: Carrier | undefined
  readonly tell: (news: RecordingNews) => void
  readonly clock: Clock
  readonly log: Log
}

interface BotRecording {
  news: RecordingNews
  readonly maxMs: number
  /** On the monotonic clock. */
  readonly begunAt: number
  /** A copy is to be kept, and is not yet. */
  wanted: boolean
}

/** The recordings of one call that its bots began, by their ids. */
export class BotRecordings {
  readonly #options: BotRecordingsOptions
  readonly #recordings = new Map<string, BotRecording>()

  constructor(options: BotRecordingsOptions) {
    this.#options = options
  }

  /** The carrier records. `save`: a copy is kept once the call is over, unless that was done before. */
  began(
    { url, recordingId }: RecordingStarted,
    { format, channels, maxMs, save }: RecordingWanted & { readonly save: boolean },
  ): void {
    const { clock } = this.#options
    const news = { recordingId, url, format, channels, maxMs, startedAt: clock.now() }
    this.#recordings.set(recordingId, { news, maxMs, begunAt: clock.monotonic(), wanted: save })
    this.#options.tell(news)
  }

  /** Whether a bot has ended it. Undefined: no bot began such a recording in this call. */
  isOver({ url, recordingId }: RecordingStarted): boolean | undefined {
    const known = this.#recordings.get(recordingId)
    return known?.news.url === url ? known.news.durationMs !== undefined : undefined
  }

  /** The carrier was told to end it, and did. */
  ended(recordingId: string): void {
    const known = this.#recordings.get(recordingId)
    if (!known || known.news.durationMs !== undefined) return
    const durationMs = Math.round(Math.min(known.maxMs, this.#options.clock.monotonic() - known.begunAt))
    this.#tell(known, { durationMs })
  }

  /** Keeps a copy now. Resolves to its path; rejects with a `ControlError`. */
  async keep(recordingId: string, signal?: AbortSignal): Promise<string> {
    const { shelf, carrier, log } = this.#options
    const known = this.#recordings.get(recordingId)
    if (!known || !shelf || !carrier)
      throw new ControlError(
        'no-credentials',
        'this node keeps no recordings',
        'set PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN, or give the organization an account with offhook plivo set',
      )
    const kept = await shelf.save(known.news, carrier, signal)
    known.wanted = false
    log.info({ recordingId, path: kept.path }, 'a recording was kept')
    this.#tell(known, { kept })
    return kept.path
  }

  /** The call is over: what is still wanted is fetched when it is ready. */
  async keepRest(): Promise<void> {
    if (!this.#options.shelf || !this.#options.carrier) return
    for (const { news, wanted } of this.#recordings.values()) {
      if (!wanted) continue
      try {
        await this.keep(news.recordingId)
      } catch (error) {
        this.#options.log.error({ err: error, url: news.url }, 'a recording could not be kept; fetch it yourself')
      }
    }
  }

  #tell(known: BotRecording, more: Pick<RecordingNews, 'durationMs' | 'kept'>): void {
    known.news = { ...known.news, ...more }
    this.#options.tell(known.news)
  }
}

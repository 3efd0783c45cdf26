import type { Log } from '../lib/log.ts'
import type { CallStart, Resumption } from '../sdk/protocol.ts'
import { type CallFacts, whoCalls } from './call-facts.ts'
import type { Detour, Recorded, RecordedPart } from './detours/detour.ts'
import { isFailure } from './endings.ts'
import { heardInAll } from './playout/ledger.ts'
import { finishedRecording, type RecordingNews } from './recording-news.ts'
import { momentOf, type SessionMoment } from './session-moment.ts'
import type { Ending, SessionEvent } from './session-state.ts'
import type { SessionBegin, SessionWatcher, WatchedSession } from './session-watcher.ts'

interface SessionNewsOptions {
  readonly session: WatchedSession & {
    readonly call: CallFacts
    readonly instanceId: string | undefined
    readonly detour: Detour | undefined
  }
  readonly watcher: SessionWatcher | undefined
  readonly maskNumbers: boolean | undefined
  readonly log: Log
}

/** What the log and whoever keeps records are told of a call's session. */
export class SessionNews {
  readonly #options: SessionNewsOptions
  #opened = false
  #spoke = false

  constructor(options: SessionNewsOptions) {
    this.#options = options
  }

  /** It has its place. One that never had is no session to anybody else. */
  opened(): void {
    this.#opened = true
    const { session, watcher } = this.#options
    watcher?.onOpened(session)
  }

  /** The state machine took notice of it. */
  moved(event: SessionEvent['type']): void {
    const moment = momentOf(event, this.#options.session)
    if (moment) this.moment(moment)
  }

  moment(moment: SessionMoment): void {
    const { session, watcher } = this.#options
    if (this.#opened) watcher?.onMoment?.(session, moment)
  }

  /** A recording of the call began, has ended, or is kept. */
  recording(recording: RecordingNews): void {
    const { session, watcher } = this.#options
    if (this.#opened) watcher?.onRecording?.(session, recording)
  }

  /** The carrier has a file. What was said with no bot there is a message, and told elsewhere. */
  recorded(recorded: Recorded, of: RecordedPart): void {
    const { session, log } = this.#options
    log.info({ url: recorded.url, recordingId: recorded.recordingId }, 'a recording is ready')
    const recording = finishedRecording(recorded, of === 'call' ? session.agent.recording?.channels : undefined)
    if (recording && of !== 'message') this.recording(recording)
  }

  /** The call's first bot gets it. */
  begun(begin: Omit<SessionBegin, 'instanceId'>): void {
    const { session, watcher, maskNumbers, log } = this.#options
    const { instanceId = '' } = session
    log.info({ instance: instanceId, ...whoCalls(session.call, maskNumbers) }, 'call started')
    watcher?.onBegun(session, { instanceId, ...begin })
  }

  /** A bot gets it that another had. */
  resumed({ reason, count }: Resumption): void {
    const { session, watcher, log } = this.#options
    const { instanceId = '' } = session
    log.info({ instance: instanceId, reason, count }, 'call resumed')
    watcher?.onResumed?.(session, { instanceId, reason, count })
  }

  /** What another bot would be told of the call now. */
  remembered(memory: Resumption | undefined): void {
    const { session, watcher } = this.#options
    if (memory) watcher?.onRemembered?.(session, memory)
  }

  /** A bot has something for the caller to hear; the first time is news. */
  spoke(ageMs: number): void {
    if (this.#spoke) return
    this.#spoke = true
    const { session, watcher } = this.#options
    watcher?.onSpoke?.(session, ageMs)
  }

  late(frames: number): void {
    const { session, watcher } = this.#options
    watcher?.onLate?.(session, frames)
  }

  printed(stream: 'stdout' | 'stderr', line: string): void {
    const { session, watcher, log } = this.#options
    log.info({ stream, bot: true }, line)
    watcher?.onPrinted(session, stream, line)
  }

  ended(ending: Ending, ageMs: number): void {
    const { session, watcher, log } = this.#options
    const durationMs = Math.round(ageMs)
    const level = isFailure(ending) ? 'error' : 'info'
    log[level]({ ...ending, durationMs, ...heardInAll(session.ledger) }, 'call ended')
    if (this.#opened) watcher?.onEnded(session, ending)
  }

  /** For the bot, so that what it traces belongs to the session. */
  get trace(): Pick<CallStart, 'traceparent'> {
    const { session, watcher } = this.#options
    const traceparent = watcher?.traceparentOf?.(session)
    return traceparent === undefined ? {} : { traceparent }
  }
}

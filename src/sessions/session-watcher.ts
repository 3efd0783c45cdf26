import type { Resumption } from '../sdk/protocol.ts'
import type { Agent } from './agent.ts'
import type { CallFacts } from './call-facts.ts'
import type { HeardEntry } from './playout/ledger.ts'
import type { PlainEnding } from './plain/plain-session-state.ts'
import type { RecordingNews } from './recording-news.ts'
import type { SessionMoment } from './session-moment.ts'
import type { Ending } from './session-state.ts'

/** A session, as whoever keeps records sees it. */
export interface WatchedSession {
  readonly id: string
  /** Undefined: a session without a call. */
  readonly call: CallFacts | undefined
  /** What it came by: Plivo's stream, a client's WebSocket, or `/start` alone. */
  readonly transport: 'plivo' | 'websocket' | 'http'
  readonly agent: Agent
  /** Version of the agent that it was opened with. */
  readonly version: string | undefined
  /** What the caller heard so far. */
  readonly ledger: readonly HeardEntry[]
}

export interface SessionBegin {
  readonly instanceId: string
  /** There was no instance ready for it. */
  readonly coldStart: boolean
  /** From the session's opening to its bot. */
  readonly botStartMs: number
}

/** A call of the carrier's, which may go on after its session: with somebody else, or with another session. */
export interface WatchedCall {
  readonly facts: CallFacts
  readonly agent: Pick<Agent, 'name' | 'organization' | 'version'>
}

export interface CallEnd {
  /** Why, as the carrier says, or `node stopped`; undefined: nobody said. */
  readonly cause?: string | undefined
  /** Since the answer, as the carrier says. */
  readonly durationMs?: number | undefined
  /** It was over so long ago. Default: just now. */
  readonly agoMs?: number
}

export interface SessionResume extends Pick<Resumption, 'reason' | 'count'> {
  readonly instanceId: string
}

/** Told what becomes of sessions. It must not throw, and must not keep a call waiting. */
export interface SessionWatcher {
  onOpened(session: WatchedSession): void
  onBegun(session: WatchedSession, begin: SessionBegin): void
  /** A bot gets a call that another had. */
  onResumed?(session: WatchedSession, resume: SessionResume): void
  /** A bot took the call, or saved something: what the next one would be told now. */
  onRemembered?(session: WatchedSession, memory: Resumption): void
  /** The bot said the first thing of the call, so long after the session was opened. */
  onSpoke?(session: WatchedSession, afterMs: number): void
  /** Audio left too late by that many frames: the caller heard a gap that the bot did not make. */
  onLate?(session: WatchedSession, frames: number): void
  /** What happened in it, closely followed. */
  onMoment?(session: WatchedSession, moment: SessionMoment): void
  /** A recording of its call began, has ended, or is kept: also behind the session's end. */
  onRecording?(session: WatchedSession, recording: RecordingNews): void
  onPrinted(session: WatchedSession, stream: 'stdout' | 'stderr', line: string): void
  onEnded(session: WatchedSession, ending: Ending | PlainEnding): void
  /** The call is over for the carrier. Told again when the carrier says why, behind us. */
  onCallOver?(call: WatchedCall, end: CallEnd): void
  /** W3C's trace context (`traceparent`) for the session's bot; undefined: there is none. */
  traceparentOf?(session: WatchedSession): string | undefined
}

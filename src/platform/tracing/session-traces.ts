import type * as OpenTelemetry from '@opentelemetry/api'
import type { Clock } from '../../lib/clock.ts'
import { isFailure } from '../../sessions/endings.ts'
import type { PlainEnding } from '../../sessions/plain/plain-session-state.ts'
import type { SessionMoment } from '../../sessions/session-moment.ts'
import type { Ending } from '../../sessions/session-state.ts'
import type {
  SessionBegin,
  SessionResume,
  SessionWatcher,
  WatchedCall,
  WatchedSession,
} from '../../sessions/session-watcher.ts'
import { SessionTrace } from './session-trace.ts'

export interface SessionTracesOptions {
  readonly api: typeof OpenTelemetry
  readonly tracer: OpenTelemetry.Tracer
  readonly clock: Clock
}

/** One trace for each session. */
export class SessionTraces implements SessionWatcher {
  readonly #options: SessionTracesOptions
  readonly #traces = new Map<string, SessionTrace>()
  /** The latest session of each call that goes on. */
  readonly #ofCalls = new Map<string, OpenTelemetry.SpanContext>()

  constructor(options: SessionTracesOptions) {
    this.#options = options
  }

  onOpened(session: WatchedSession): void {
    const { api, tracer, clock } = this.#options
    const { id, call } = session
    const epoch = clock.now() - clock.monotonic()
    const follows = call && this.#ofCalls.get(call.callId)
    const trace = new SessionTrace({ session, api, tracer, follows, now: () => epoch + clock.monotonic() })
    this.#traces.set(id, trace)
    if (call) this.#ofCalls.set(call.callId, trace.context)
  }

  onBegun({ id }: WatchedSession, { instanceId, coldStart }: SessionBegin): void {
    this.#traces.get(id)?.begun(instanceId, coldStart)
  }

  onResumed({ id }: WatchedSession, resume: SessionResume): void {
    this.#traces.get(id)?.resumed(resume)
  }

  onSpoke({ id }: WatchedSession, afterMs: number): void {
    this.#traces.get(id)?.spoke(afterMs)
  }

  onLate({ id }: WatchedSession, frames: number): void {
    this.#traces.get(id)?.late(frames)
  }

  onMoment({ id }: WatchedSession, moment: SessionMoment): void {
    this.#traces.get(id)?.moment(moment)
  }

  onPrinted(): void {}

  onEnded({ id }: WatchedSession, ending: Ending | PlainEnding): void {
    this.#traces.get(id)?.ended(ending.reason, isFailure(ending))
    this.#traces.delete(id)
  }

  onCallOver({ facts }: WatchedCall): void {
    this.#ofCalls.delete(facts.callId)
  }

  traceparentOf({ id }: WatchedSession): string | undefined {
    return this.#traces.get(id)?.traceparent
  }
}

import type * as OpenTelemetry from '@opentelemetry/api'
import type { SessionMoment } from '../../sessions/session-moment.ts'
import type { SessionResume, WatchedSession } from '../../sessions/session-watcher.ts'

export interface SessionTraceOptions {
  readonly session: WatchedSession
  readonly api: typeof OpenTelemetry
  readonly tracer: OpenTelemetry.Tracer
  /** Of the call's session before this one. */
  readonly follows: OpenTelemetry.SpanContext | undefined
  /** Milliseconds since the epoch, on a scale that does not jump. */
  readonly now: () => number
}

/** What is under way, and becomes a span when it is over. */
interface Begun {
  readonly name: string
  readonly since: number
  readonly attributes: OpenTelemetry.Attributes
}

/** The trace of one session: what its caller waited for, which bots had it, and what they asked for. No span names a caller. */
export class SessionTrace {
  readonly #options: SessionTraceOptions
  readonly #openedAt: number
  readonly #root: OpenTelemetry.Span
  readonly #requests = new Map<number, Begun>()
  #bot: OpenTelemetry.Span | undefined
  /** Since when the session wants an instance; until when, once it has one. */
  #acquiring: { readonly since: number; readonly until?: number; readonly instanceId?: string | undefined } | undefined
  #away: Begun | undefined
  #rings: boolean
  #lateFrames = 0

  constructor(options: SessionTraceOptions) {
    const { session, api, tracer, follows, now } = options
    const { id, call, transport, agent, version } = session
    this.#options = options
    this.#openedAt = now()
    this.#acquiring = { since: this.#openedAt }
    this.#rings = call !== undefined
    this.#root = tracer.startSpan(
      'session',
      {
        kind: api.SpanKind.SERVER,
        startTime: this.#openedAt,
        attributes: {
          'offhook.session.id': id,
          'offhook.organization': agent.organization,
          'offhook.agent': agent.name,
          'offhook.transport': transport,
          ...(version !== undefined && { 'offhook.version': version }),
          ...(call && { 'offhook.call.id': call.callId }),
          ...(call?.direction && { 'offhook.call.direction': call.direction }),
        },
        ...(follows && { links: [{ context: follows }] }),
      },
      api.ROOT_CONTEXT,
    )
  }

  get context(): OpenTelemetry.SpanContext {
    return this.#root.spanContext()
  }

  /** For the bot: what it traces is below the span that says that it has the session. */
  get traceparent(): string {
    const { traceId, spanId, traceFlags } = (this.#bot ?? this.#root).spanContext()
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
  }

  /** The session's first bot gets it. */
  begun(instanceId: string, coldStart: boolean): void {
    this.#root.setAttribute('offhook.cold_start', coldStart)
    this.#beginBot({ 'offhook.instance.id': instanceId, 'offhook.cold_start': coldStart })
  }

  /** A bot gets it that is to go on from another; the first of a session may be one. */
  resumed({ instanceId, reason, count }: SessionResume): void {
    if (!this.#bot) this.#beginBot({ 'offhook.instance.id': instanceId })
    this.#bot?.setAttributes({ 'offhook.resumes': count, 'offhook.resume_reason': reason })
  }

  spoke(afterMs: number): void {
    this.#span({ name: 'first audio', since: this.#openedAt, attributes: {} })
    this.#root.setAttribute('offhook.first_audio_ms', Math.round(afterMs))
  }

  late(frames: number): void {
    this.#lateFrames += frames
  }

  moment(moment: SessionMoment): void {
    const since = this.#options.now()
    switch (moment.type) {
      case 'answered':
        return this.#span({ name: 'answer webhook', since: this.#openedAt, attributes: {} })
      case 'stream-started':
        return this.#streamStarted()
      case 'stream-closed':
      case 'instance-lost':
        this.#root.addEvent(moment.type, since)
        if (moment.type === 'instance-lost') this.#acquiring = { since }
        return
      case 'instance-ready':
        this.#acquiring = { since: this.#acquiring?.since ?? since, until: since, instanceId: moment.instanceId }
        return
      case 'bot-took':
        this.#bot?.addEvent(moment.type, since)
        return
      case 'bot-crashed':
        this.#acquiring = { since }
        return this.#endBot(moment.type)
      case 'away':
        this.#away = { name: 'away', since, attributes: { 'offhook.away': moment.plan ?? 'unknown' } }
        return
      case 'asked':
        this.#requests.set(moment.request, { name: moment.verb, since, attributes: {} })
        return
      case 'replied':
        return this.#replied(moment)
    }
  }

  ended(reason: string, failed: boolean): void {
    this.#endAcquiring({}, reason)
    this.#endBot(failed ? reason : undefined)
    this.#endAway()
    this.#root.setAttribute('offhook.end_reason', reason)
    if (this.#lateFrames > 0) this.#root.setAttribute('offhook.late_frames', this.#lateFrames)
    if (failed) this.#root.setStatus({ code: this.#options.api.SpanStatusCode.ERROR, message: reason })
    this.#root.end(this.#options.now())
  }

  #beginBot(attributes: OpenTelemetry.Attributes): void {
    this.#endAcquiring(attributes)
    this.#bot = this.#start('bot', this.#options.now(), attributes)
  }

  #streamStarted(): void {
    if (this.#rings) this.#span({ name: 'ring', since: this.#openedAt, attributes: {} })
    else this.#root.addEvent('stream-started', this.#options.now())
    this.#rings = false
    this.#endAway()
  }

  #replied({ request, outcome, failure }: Extract<SessionMoment, { type: 'replied' }>): void {
    const begun = this.#requests.get(request)
    if (!begun) return
    this.#requests.delete(request)
    const attributes = { ...begun.attributes, ...(outcome !== undefined && { 'offhook.outcome': outcome }) }
    this.#span({ ...begun, attributes }, { failure })
  }

  #endAway(): void {
    if (this.#away) this.#span(this.#away)
    this.#away = undefined
  }

  /** `without`: why none came, if none did. */
  #endAcquiring(attributes: OpenTelemetry.Attributes, without?: string): void {
    if (!this.#acquiring) return
    const { since, until, instanceId } = this.#acquiring
    this.#acquiring = undefined
    const known = { ...(instanceId !== undefined && { 'offhook.instance.id': instanceId }), ...attributes }
    this.#span(
      { name: 'acquire instance', since, attributes: known },
      { until, failure: until === undefined ? without : undefined },
    )
  }

  /** What it asked for is over with it. */
  #endBot(failure: string | undefined): void {
    for (const begun of this.#requests.values()) this.#span(begun)
    this.#requests.clear()
    if (failure !== undefined) this.#fail(this.#bot, failure)
    this.#bot?.end(this.#options.now())
    this.#bot = undefined
  }

  #start(name: string, startTime: number, attributes: OpenTelemetry.Attributes): OpenTelemetry.Span {
    const { api, tracer } = this.#options
    const below = api.trace.setSpan(api.ROOT_CONTEXT, this.#root)
    return tracer.startSpan(name, { startTime, attributes }, below)
  }

  #span(
    { name, since, attributes }: Begun,
    { until, failure }: { readonly until?: number | undefined; readonly failure?: string | undefined } = {},
  ): void {
    const span = this.#start(name, since, attributes)
    if (failure !== undefined) this.#fail(span, failure)
    span.end(until ?? this.#options.now())
  }

  #fail(span: OpenTelemetry.Span | undefined, message: string): void {
    span?.setStatus({ code: this.#options.api.SpanStatusCode.ERROR, message })
  }
}

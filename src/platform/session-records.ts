import { defined } from '../control/defined.ts'
import type { Clock } from '../lib/clock.ts'
import type { InstanceUsage } from '../runtime/pool/pool.ts'
import { heardInAll } from '../sessions/playout/ledger.ts'
import type { PlainEnding } from '../sessions/plain/plain-session-state.ts'
import type { Ending } from '../sessions/session-state.ts'
import type { RecordingNews } from '../sessions/recording-news.ts'
import type {
  CallEnd,
  SessionBegin,
  SessionResume,
  SessionWatcher,
  WatchedCall,
  WatchedSession,
} from '../sessions/session-watcher.ts'
import { isConflict, type Store } from '../store/store.ts'
import type { CallFacts } from '../sessions/call-facts.ts'
import type { AgentIds, AgentPlace } from './agent-ids.ts'
import type { LiveEvents } from './live-events.ts'
import { LogBudget } from './log-budget.ts'
import type { OrderedWrites } from './ordered-writes.ts'
import { RecordingRecords } from './recording-records.ts'
import { SessionUsage } from './session-usage.ts'

interface SessionRecordsOptions {
  readonly store: Store
  readonly writes: OrderedWrites
  readonly ids: AgentIds
  readonly events: LiveEvents
  readonly nodeId: string
  /** What bots of an organization may print in the long run. */
  readonly logBytesPerSecond: number
  readonly clock: Clock
}

/** Writes down what becomes of sessions, behind the calls: no call waits for it. When it was counts, not when it is written. */
export class SessionRecords implements SessionWatcher {
  readonly #options: SessionRecordsOptions
  readonly #usage = new SessionUsage()
  readonly #budget: LogBudget
  readonly #recordings: RecordingRecords

  constructor(options: SessionRecordsOptions) {
    this.#options = options
    this.#recordings = new RecordingRecords(options)
    this.#budget = new LogBudget({ bytesPerSecond: options.logBytesPerSecond, clock: options.clock })
  }

  onOpened(session: WatchedSession): void {
    const { store, ids, nodeId, clock } = this.#options
    const place = ids.of(session.agent)
    if (!place) return
    const { organizationId, agentId } = place
    const createdAt = clock.now()
    this.#options.writes.add(keyOf(session), async () => {
      const { id, version: versionId, call, transport } = session
      if (call) await this.#writeCall(call, { ...place, createdAt })
      if (versionId === undefined) throw new Error('the agent has no version')
      const of = call && { callId: call.callId }
      const known = { id, agentId, versionId, nodeId, transport, createdAt, ...of }
      // A connection may break when it is written, and before it has said so: then it comes again.
      await store.sessions.create(organizationId, known).catch(unlessConflict)
    })
    this.#tell(session, 'session.opened', {})
  }

  onBegun(session: WatchedSession, { instanceId, coldStart, botStartMs }: SessionBegin): void {
    const place = this.#options.ids.of(session.agent)
    if (!place) return
    const { sessions } = this.#options.store
    const startedAt = this.#options.clock.now()
    this.#usage.place(session.id, instanceId)
    this.#options.writes.add(keyOf(session), async () => {
      await sessions.started(place.organizationId, session.id, { botStartMs, coldStart, instanceId, startedAt })
    })
    this.#tell(session, 'session.started', { coldStart, botStartMs })
  }

  onResumed(session: WatchedSession, { instanceId, reason, count }: SessionResume): void {
    this.#usage.place(session.id, instanceId)
    const { store, ids } = this.#options
    const place = ids.of(session.agent)
    if (!place) return
    const { organizationId } = place
    const data = { reason, count, instanceId }
    store.events.append({ organizationId, sessionId: session.id, code: 'SESSION_RESUMED', data })
    this.#tell(session, 'session.resumed', { reason, count })
  }

  /** What an instance used lately, for the sessions that it has. */
  onUsage({ instanceId, usage }: InstanceUsage): void {
    this.#usage.add(instanceId, { atMs: this.#options.clock.now(), ...usage })
  }

  onPrinted(session: WatchedSession, stream: 'stdout' | 'stderr', text: string): void {
    const place = this.#options.ids.of(session.agent)
    if (!place) return
    const { version } = session
    const kept = this.#budget.take(place.organizationId, text)
    if (kept === undefined) return
    const line = {
      ...place,
      sessionId: session.id,
      stream,
      text: kept,
      ...(version !== undefined && { versionId: version }),
    }
    this.#options.store.logs.append(line)
  }

  onEnded(session: WatchedSession, ending: Ending | PlainEnding): void {
    const { store, ids } = this.#options
    const place = ids.of(session.agent)
    if (!place) return
    const { organizationId } = place
    const endedAt = this.#options.clock.now()
    const heard = heardInAll(session.ledger)
    const samples = this.#usage.take(session.id).map((sample) => ({ ...sample }))
    this.#options.writes.add(keyOf(session), async () => {
      const completionStatus = completionStatusOf(session, ending)
      await store.sessions.end(organizationId, session.id, { completionStatus, reason: ending.reason, heard, endedAt })
      if (samples.length > 0) await store.sessions.setMetrics(organizationId, session.id, { samples })
      store.events.append({ organizationId, sessionId: session.id, code: 'SESSION_COMPLETED', data: { ...heard } })
    })
    this.#tell(session, 'session.ended', { reason: ending.reason, ...heard })
  }

  onRecording(session: WatchedSession, recording: RecordingNews): void {
    this.#recordings.onRecording(session, recording)
  }

  onCallOver(call: WatchedCall, { cause, durationMs, agoMs = 0 }: CallEnd): void {
    const { store, ids, clock } = this.#options
    const { callId } = call.facts
    const place = ids.of(call.agent)
    if (!place) return
    const end = { ...defined({ hangupCause: cause, durationMs }), endedAt: clock.now() - Math.round(agoMs) }
    this.#options.writes.add(callId, async () => {
      await store.calls.end(place.organizationId, callId, end)
      await this.#recordings.endWith(call, end.endedAt)
    })
  }

  async #writeCall(
    { callId: id, from, to, direction }: CallFacts,
    { organizationId, agentId, createdAt }: AgentPlace & { readonly createdAt: number },
  ): Promise<void> {
    const { store, nodeId } = this.#options
    await store.calls.begin(organizationId, { id, agentId, nodeId, createdAt, ...defined({ from, to, direction }) })
  }

  #tell(session: WatchedSession, type: string, data: Readonly<Record<string, unknown>>): void {
    const { ids, events, clock } = this.#options
    const place = ids.of(session.agent)
    if (!place) return
    const { id: sessionId, call, agent, transport } = session
    const about = { sessionId, ...(call && { callId: call.callId }), agentName: agent.name, transport }
    events.emit(place.organizationId, { type, at: clock.now(), data: { ...about, ...data } })
  }
}

/** A call's sessions are written in their order, and its end behind them. */
const keyOf = ({ id, call }: WatchedSession): string => call?.callId ?? id

/** As Pipecat Cloud's tools know them: a session without a socket ends as the request that it was. */
function completionStatusOf({ transport }: WatchedSession, { reason }: Ending | PlainEnding): string {
  if (transport !== 'http') return completionStatuses[reason] ?? 'WS_CONNECTION_CLOSED'
  return reason === 'bot-returned' ? 'HTTP_COMPLETED' : (completionStatuses[reason] ?? 'HTTP_ERROR')
}

const completionStatuses: Partial<Record<(Ending | PlainEnding)['reason'], string>> = {
  'bot-threw': 'HTTP_ERROR',
  'bot-lost': 'HTTP_ERROR',
  'bot-not-ready': 'BOT_CONNECTION_TIMEOUT',
}

function unlessConflict(error: unknown): void {
  if (!isConflict(error)) throw error
}

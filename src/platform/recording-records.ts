import { basename } from 'node:path'
import { defined } from '../control/defined.ts'
import type { RecordingNews } from '../sessions/recording-news.ts'
import type { WatchedCall, WatchedSession } from '../sessions/session-watcher.ts'
import type { Recording, Store } from '../store/store.ts'
import type { AgentIds } from './agent-ids.ts'
import type { LiveEvents } from './live-events.ts'
import type { OrderedWrites } from './ordered-writes.ts'

interface RecordingRecordsOptions {
  readonly store: Store
  readonly writes: OrderedWrites
  readonly ids: AgentIds
  readonly events: LiveEvents
  readonly clock: { now(): number }
}

/** Writes down, and tells, what recordings there are of calls. */
export class RecordingRecords {
  readonly #options: RecordingRecordsOptions

  constructor(options: RecordingRecordsOptions) {
    this.#options = options
  }

  onRecording({ id: sessionId, call, agent }: WatchedSession, news: RecordingNews): void {
    const { store, writes, ids } = this.#options
    const place = ids.of(agent)
    if (!place || !call) return
    const { recordingId: carrierId, url, format, maxMs, durationMs, startedAt, kept } = news
    const known = { carrierId, url, format, channels: news.channels === 'stereo' ? 2 : 1 }
    // Where the folder is may change; the file's name does not.
    const copy = kept && { path: basename(kept.path), sizeBytes: kept.sizeBytes }
    const more = defined({ maxMs, durationMs, startedAt, kept: copy })
    writes.add(call.callId, async () => {
      const facts = { sessionId, callId: call.callId, ...known, ...more }
      const { recording, isOverNow } = await store.recordings.note(place.organizationId, facts)
      if (isOverNow) this.#tell(agent, recording)
    })
  }

  /** Its recordings that nobody ended are over with it. To be called in the order of the call's other writes. */
  async endWith({ facts: { callId }, agent }: WatchedCall, endedAt: number): Promise<void> {
    const { store, ids } = this.#options
    const place = ids.of(agent)
    if (!place) return
    const ended = await store.recordings.endWithCall(place.organizationId, callId, endedAt)
    for (const recording of ended) this.#tell(agent, recording)
  }

  /** The carrier has the file, or will in some seconds. */
  #tell({ name: agentName }: WatchedCall['agent'], recording: Recording): void {
    const { events, clock } = this.#options
    const { id, organizationId, sessionId, callId, carrierId: recordingId, url, durationMs } = recording
    const data = { id, sessionId, callId, agentName, recordingId, url, durationMs }
    events.emit(organizationId, { type: 'recording.ready', at: clock.now(), data })
  }
}

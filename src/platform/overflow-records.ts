import { defined } from '../control/defined.ts'
import type { Agent } from '../sessions/agent.ts'
import type {
  LeftMessage,
  OverflowOutcome,
  OverflowWatcher,
  RefusedCall,
} from '../sessions/overflow/overflow-watcher.ts'
import type { CallEnd } from '../sessions/session-watcher.ts'
import type { Store } from '../store/store.ts'
import type { AgentIds, AgentPlace } from './agent-ids.ts'
import type { LiveEvents } from './live-events.ts'
import type { NodeMetrics } from './node-metrics.ts'
import type { OrderedWrites } from './ordered-writes.ts'

interface OverflowRecordsOptions {
  readonly store: Store
  readonly writes: OrderedWrites
  readonly ids: AgentIds
  readonly events: LiveEvents
  readonly metrics: Pick<NodeMetrics, 'onOverflow'>
  readonly nodeId: string
  readonly clock: { now(): number }
}

/** Writes down, and tells, what becomes of callers for whom there was no place, and what messages were left. */
export class OverflowRecords implements OverflowWatcher {
  readonly #options: OverflowRecordsOptions

  constructor(options: OverflowRecordsOptions) {
    this.#options = options
  }

  onOverflow({ call, agent, gets }: RefusedCall): void {
    const { store, writes, metrics, nodeId } = this.#options
    const { callId: id, from, to, direction } = call
    metrics.onOverflow(agent, gets)
    this.#about(agent, ({ organizationId, agentId }) => {
      writes.add(id, async () => {
        await store.calls.begin(organizationId, { id, agentId, nodeId, ...defined({ from, to, direction }) })
        await store.calls.setOverflow(organizationId, id, { overflow: gets })
      })
      this.#tell(organizationId, 'call.overflowed', { callId: id, agentName: agent.name, overflow: gets })
    })
  }

  onOverflowEnd({ call: { callId }, agent }: RefusedCall, outcome: OverflowOutcome): void {
    const { store, writes } = this.#options
    const isOver = outcome !== 'served' && outcome !== 'waited-too-long'
    this.#about(agent, ({ organizationId }) =>
      writes.add(callId, async () => {
        await store.calls.setOverflow(organizationId, callId, { outcome })
        // What Plivo says of the end comes later, or not at all.
        if (isOver) await store.calls.end(organizationId, callId)
      }),
    )
  }

  onRefusedCallOver({ call: { callId }, agent }: RefusedCall, { cause, durationMs }: CallEnd): void {
    const { store, writes } = this.#options
    this.#about(agent, ({ organizationId }) =>
      writes.add(callId, async () => {
        await store.calls.end(organizationId, callId, defined({ hangupCause: cause, durationMs }))
      }),
    )
  }

  onMessage({ agent, callId, sessionId, recorded: { url, recordingId, durationMs } }: LeftMessage): void {
    const { store, writes } = this.#options
    this.#about(agent, ({ organizationId, agentId }) =>
      writes.add(callId, async () => {
        const message = { agentId, callId, url, ...defined({ sessionId, recordingId, durationMs }) }
        const isNew = await store.messages.create(organizationId, message)
        if (isNew) this.#tell(organizationId, 'message.left', { callId, agentName: agent.name, url })
      }),
    )
  }

  #about(agent: Agent, then: (place: AgentPlace) => void): void {
    const place = this.#options.ids.of(agent)
    if (place) then(place)
  }

  #tell(organizationId: string, type: string, data: Readonly<Record<string, unknown>>): void {
    const { events, clock } = this.#options
    events.emit(organizationId, { type, at: clock.now(), data })
  }
}

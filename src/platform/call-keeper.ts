import { defined } from '../control/defined.ts'
import type { Log } from '../lib/log.ts'
import type { Agent } from '../sessions/agent.ts'
import type { CallFacts } from '../sessions/call-facts.ts'
import type { CallOwner, KeptCall, KeptCalls } from '../sessions/kept-calls.ts'
import type { PlainEnding } from '../sessions/plain/plain-session-state.ts'
import type { Ending } from '../sessions/session-state.ts'
import type { CallEnd, SessionWatcher, WatchedSession } from '../sessions/session-watcher.ts'
import type { Placement } from '../store/placements.ts'
import type { Store } from '../store/store.ts'
import type { AgentIds, AgentPlace } from './agent-ids.ts'
import { LatestWriter } from './latest-writer.ts'
import type { PatientWrites } from './patient-writes.ts'

interface CallKeeperOptions {
  readonly store: Store
  readonly ids: AgentIds
  readonly nodeId: string
  readonly patience: PatientWrites
  readonly clock: { now(): number }
  readonly log: Log
}

type Memory = NonNullable<KeptCall['resumed']>

/** Longer than the carrier's longest call. */
const keptMs = 26 * 3_600_000
/** A call that lost its stream comes back soon, or not at all. */
const lostStreamMs = 120_000
/** Lines of the ledger that are kept: what was said last is what the next bot goes on from. */
const keptHeard = 50
/** A call that ends its node each time has done so often enough. */
const maxTakenOver = 5

/** Keeps in the store what calls need when their node dies under them. No call waits for it. */
export class CallKeeper implements SessionWatcher, KeptCalls {
  readonly #options: CallKeeperOptions
  readonly #writer: LatestWriter
  /** Calls that are kept, and the latest session of each. */
  readonly #sessions = new Map<string, string>()

  constructor(options: CallKeeperOptions) {
    this.#options = options
    const { patience, log } = options
    this.#writer = new LatestWriter({ what: 'what is kept of a call', patience, log })
  }

  onOpened(session: WatchedSession): void {
    const facts = factsOf(session)
    const place = this.#options.ids.of(session.agent)
    if (!facts || !place) return
    this.#sessions.set(facts.callId, session.id)
    this.#keep({ place, facts, sessionId: session.id })
  }

  onRemembered(session: WatchedSession, memory: Memory): void {
    const facts = factsOf(session)
    const place = this.#options.ids.of(session.agent)
    if (!facts || !place || this.#sessions.get(facts.callId) !== session.id) return
    this.#keep({ place, facts, sessionId: session.id, memory })
  }

  onBegun(): void {}

  onPrinted(): void {}

  onEnded(session: WatchedSession, { reason }: Ending | PlainEnding): void {
    const { ids, store, clock } = this.#options
    const callId = session.call?.callId ?? ''
    const place = ids.of(session.agent)
    // Another session may have the call by now.
    if (!place || this.#sessions.get(callId) !== session.id) return
    this.#sessions.delete(callId)
    const { organizationId } = place
    const mayComeBack = reason === 'stream-lost' || reason === 'no-stream'
    this.#writer.write(callId, async () => {
      if (!mayComeBack) return store.placements.delete(organizationId, callId)
      await store.placements.update(organizationId, callId, { expiresAt: clock.now() + lostStreamMs })
    })
  }

  async find(callId: string, agent: Agent): Promise<KeptCall | undefined> {
    const { ids, store, nodeId, log } = this.#options
    const place = ids.of(agent)
    if (!place) return undefined
    const placement = await store.placements.find(place.organizationId, callId)
    // Another node may be alive, and have the call.
    if (placement?.agentId !== place.agentId || placement.nodeId !== nodeId) return undefined
    const { facts, resumed } = readBack(placement)
    if (!facts) return undefined
    if ((resumed?.count ?? 0) <= maxTakenOver) return { facts, resumed }
    log.error({ call: callId, count: resumed?.count }, 'a call was taken over too often, and is let go')
    return undefined
  }

  organizationsOf(callId: string): Promise<readonly string[]> {
    return this.#options.store.calls.organizationsOf(callId)
  }

  end(callId: string, end: CallEnd, owners: readonly CallOwner[]): void {
    this.#writer.write(callId, async () => {
      for (const owner of owners) await this.#end(callId, end, owner)
    })
  }

  async #end(callId: string, { cause, durationMs }: CallEnd, owner: CallOwner): Promise<void> {
    const { store, nodeId } = this.#options
    const { organizationId, agentId } = (await this.#placeOf(owner)) ?? {}
    if (organizationId === undefined) return
    await store.placements.deleteOf(nodeId, organizationId, callId, agentId)
    const call = await store.calls.find(organizationId, callId)
    if (!call || (agentId !== undefined && call.agentId !== agentId)) return
    await store.calls.end(organizationId, callId, defined({ hangupCause: cause, durationMs }))
  }

  async #placeOf({ organization, name }: CallOwner): Promise<Partial<AgentPlace> | undefined> {
    const { ids, store } = this.#options
    if (name !== undefined) return ids.of({ organization, name })
    const found = await store.organizations.findByName(organization)
    return found && { organizationId: found.id }
  }

  /** Resolves once all is written. */
  async settled(): Promise<void> {
    await this.#writer.settled()
  }

  #keep({ place, facts, sessionId, memory }: Keeping): void {
    const { store, nodeId, clock } = this.#options
    const { organizationId, agentId } = place
    const { callId } = facts
    this.#writer.write(callId, () =>
      store.placements.keep(organizationId, {
        callId,
        agentId,
        nodeId,
        sessionId,
        state: { facts: JSON.stringify(facts) },
        savedState: memory ? { memory: JSON.stringify({ ...memory, heard: memory.heard.slice(-keptHeard) }) } : null,
        expiresAt: clock.now() + keptMs,
      }),
    )
  }
}

interface Keeping {
  readonly place: AgentPlace
  readonly facts: CallFacts
  readonly sessionId: string
  readonly memory?: Memory
}

/** Of a call that a webhook told of: no other comes back with a question. */
function factsOf({ call }: WatchedSession): CallFacts | undefined {
  return call?.from === undefined && call?.to === undefined ? undefined : call
}

/** What is inside is what `#keep` wrote. */
function readBack({ state, savedState }: Placement): Partial<KeptCall> {
  const { facts } = state ?? {}
  const { memory } = savedState ?? {}
  return {
    ...(typeof facts === 'string' && { facts: JSON.parse(facts) as CallFacts }),
    ...(typeof memory === 'string' && { resumed: JSON.parse(memory) as Memory }),
  }
}

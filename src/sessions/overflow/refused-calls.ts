import type { Clock } from '../../lib/clock.ts'
import type { Agent } from '../agent.ts'
import type { CallFacts } from '../call-facts.ts'
import type { CameBack, Recorded } from '../detours/detour.ts'
import { endFallback, type Fallback, type FallbackStep } from '../detours/fallback.ts'
import type { LeftMessages } from './left-messages.ts'
import type { CallEnd } from '../session-watcher.ts'
import { withoutQueue } from './overflow.ts'
import type { OverflowOutcome, OverflowWatcher, RefusedCall } from './overflow-watcher.ts'

interface RefusedCallsOptions {
  readonly watcher: OverflowWatcher | undefined
  readonly messages: LeftMessages
  readonly clock: Clock
}

/** How long it is known that a call was refused; for as long it is counted once. */
const rememberMs = 600_000
const mostRemembered = 10_000

interface Remembered extends RefusedCall {
  readonly at: number
  outcome: OverflowOutcome | undefined
}

/**
 * Calls for which there was no place. What they get needs nothing of what is kept here: that is for the record only, so
 * that a webhook which comes twice counts once.
 */
export class RefusedCalls {
  readonly #options: RefusedCallsOptions
  /** In the order in which they came. */
  readonly #calls = new Map<string, Remembered>()
  #count = 0

  constructor(options: RefusedCallsOptions) {
    this.#options = options
  }

  /** Since the node began. */
  get count(): number {
    return this.#count
  }

  /** A session was refused whose client we have nothing for but that. */
  countOne(): void {
    this.#count++
  }

  /** What the caller gets. */
  refuse(call: CallFacts, agent: Agent): Fallback {
    const fallback = withoutQueue(agent.policy?.overflow)
    const refused = this.#note(call, agent, fallback.type)
    if (refused && fallback.type !== 'forward' && fallback.type !== 'message') this.#end(refused, 'turned-away')
    return fallback
  }

  /** The caller waits in line. */
  queue(call: CallFacts, agent: Agent): void {
    this.#note(call, agent, 'queue')
  }

  /** Whoever waited in line has a place, or none in time. */
  turnCame(callId: string, isServed: boolean): void {
    const refused = this.#calls.get(callId)
    if (refused) this.#end(refused, isServed ? 'served' : 'waited-too-long')
  }

  /** The carrier is done with what the caller was given. Returns what it does then. */
  cameBack(callId: string, fallback: Pick<Fallback, 'type'>, came: CameBack): FallbackStep {
    const refused = this.#calls.get(callId)
    const outcome = this.#outcomeOf(callId, fallback, came)
    if (refused) this.#end(refused, outcome)
    return endFallback(fallback, came, 'no-room')
  }

  /** The caller has hung up. */
  hangUp(callId: string, end: CallEnd): void {
    const refused = this.#calls.get(callId)
    if (!refused) return
    this.#end(refused, 'caller-hung-up')
    if (refused.gets !== 'queue') this.#options.watcher?.onRefusedCallOver(refused, end)
  }

  /** The carrier has a file of what the caller said. */
  async recorded(callId: string, agent: Agent, recorded: Recorded): Promise<void> {
    const isMessage = await this.#options.messages.recorded({ agent, callId, recorded })
    const refused = this.#calls.get(callId)
    if (refused && isMessage) this.#end(refused, 'message-left')
  }

  /** Undefined: the call is not known, or no more. */
  agentOf(callId: string): Agent | undefined {
    return this.#calls.get(callId)?.agent
  }

  /** Undefined: it is known. */
  #note(call: CallFacts, agent: Agent, gets: RefusedCall['gets']): Remembered | undefined {
    this.#forget()
    if (this.#calls.has(call.callId)) return undefined
    const refused: Remembered = { call, agent, gets, at: this.#options.clock.monotonic(), outcome: undefined }
    this.#calls.set(call.callId, refused)
    this.#count++
    this.#options.watcher?.onOverflow(refused)
    return refused
  }

  #end(refused: Remembered, outcome: OverflowOutcome): void {
    // The file of a message may be ready only after the caller has hung up.
    if (refused.outcome !== undefined && outcome !== 'message-left') return
    if (refused.outcome === outcome) return
    refused.outcome = outcome
    this.#options.watcher?.onOverflowEnd(refused, outcome)
  }

  #outcomeOf(callId: string, { type }: Pick<Fallback, 'type'>, { dialled, recorded }: CameBack): OverflowOutcome {
    if (type === 'forward') return dialled?.status === 'completed' ? 'connected' : 'not-connected'
    if (type !== 'message') return 'turned-away'
    return this.#options.messages.cameBack(callId, recorded) ? 'message-left' : 'no-message'
  }

  #forget(): void {
    const now = this.#options.clock.monotonic()
    for (const [callId, { at }] of this.#calls) {
      if (now - at <= rememberMs && this.#calls.size < mostRemembered) return
      this.#calls.delete(callId)
    }
  }
}

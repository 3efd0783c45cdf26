import type { Clock, Timer } from '../lib/clock.ts'
import type { Agent } from './agent.ts'
import type { CallFacts } from './call-facts.ts'
import { longestMs } from './detours/detour.ts'
import type { SessionState } from './session-state.ts'
import type { CallEnd, WatchedCall } from './session-watcher.ts'
import type { Step } from './detours/what-next.ts'

interface KnownCall {
  readonly facts: CallFacts
  readonly agent: Pick<Agent, 'name' | 'organization' | 'version'>
  readonly session: { readonly state: SessionState }
  /** What the carrier was told last, and when. */
  readonly step: Step
  readonly toldAt: number
  /** When it was over for us. */
  endedAt: number | undefined
}

interface KnownCallsOptions {
  readonly clock: Clock
  /** A call is over for the carrier. Once more, when the carrier says it behind us. Without it nobody is in a hurry to know. */
  readonly onOver: ((call: WatchedCall, end: CallEnd) => void) | undefined
}

/** How long a call that is over, or of which nothing more is heard, is remembered: news of it may be late. */
const rememberMs = 600_000
const sweepMs = 60_000

/** The carrier's calls, from their first news to some time after their end. */
export class KnownCalls<Call extends KnownCall> implements Disposable {
  readonly #options: KnownCallsOptions
  readonly #calls = new Map<string, Call>()
  #sweptAt = 0
  #timer: Timer | undefined

  constructor(options: KnownCallsOptions) {
    this.#options = options
  }

  find(callId: string): Call | undefined {
    return this.#calls.get(callId)
  }

  add(call: Call): void {
    this.#calls.set(call.facts.callId, call)
    this.#sweepLater()
  }

  /** We told the carrier to hang up, or it says that it did. */
  end(call: Call, end: CallEnd = {}): void {
    call.endedAt ??= this.#options.clock.monotonic()
    this.#options.onOver?.(call, end)
  }

  /** Forgets what is long over, and what the carrier has said nothing about for too long. */
  sweep(): void {
    const now = this.#options.clock.monotonic()
    if (now - this.#sweptAt < sweepMs) return
    this.#sweptAt = now
    for (const [callId, call] of this.#calls) {
      const quietSince = lastNews(call)
      if (quietSince === undefined || now - quietSince <= rememberMs) continue
      this.#calls.delete(callId)
      if (call.endedAt === undefined) this.#options.onOver?.(call, { agoMs: now - quietSince })
    }
  }

  /** The node stops: whatever becomes of its calls, it is not told any more. */
  [Symbol.dispose](): void {
    this.#timer?.cancel()
    for (const call of this.#calls.values()) if (call.endedAt === undefined) this.end(call, { cause: 'node stopped' })
  }

  #sweepLater(): void {
    const { clock, onOver } = this.#options
    if (!onOver) return
    this.#timer ??= clock.after(sweepMs, () => {
      this.#timer = undefined
      this.sweep()
      if (this.#calls.size > 0) this.#sweepLater()
    })
  }
}

/** Undefined: the call goes on. A carrier that has the caller elsewhere may be silent for as long as that may take. */
function lastNews({ session: { state }, step, toldAt, endedAt }: KnownCall): number | undefined {
  if (state.name !== 'ended') return undefined
  if (endedAt !== undefined) return endedAt
  return Math.max(state.since, step.type === 'detour' ? toldAt + longestMs(step.plan) : toldAt)
}

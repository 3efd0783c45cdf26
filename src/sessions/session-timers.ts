import type { Clock, Timer } from '../lib/clock.ts'
import { defaultMaxSessionSeconds } from './call-policy.ts'
import { type DetourPlan, longestMs } from './detours/detour.ts'
import type { SessionLimits } from './session-options.ts'
import type { SessionEvent, SessionState } from './session-state.ts'

interface SessionTimersOptions {
  readonly limits: SessionLimits
  /** Default: two hours. */
  readonly maxSessionSeconds: number | undefined
  readonly dispatch: (event: SessionEvent) => void
  readonly clock: Clock
}

/** How long a session may be in one state, and how long it may take in all. */
export class SessionTimers {
  readonly #options: SessionTimersOptions
  #whole: Timer | undefined
  #state: Timer | undefined

  constructor(options: SessionTimersOptions) {
    this.#options = options
  }

  /** The session has its place: its time begins. */
  begin(): void {
    const { clock, maxSessionSeconds = defaultMaxSessionSeconds, dispatch } = this.#options
    this.#whole = clock.after(maxSessionSeconds * 1000, () =>
      dispatch({ type: 'limit-reached', limit: 'max-duration' }),
    )
  }

  /** `plan`: what the carrier does with a caller who is away. */
  enter(state: SessionState['name'], plan?: DetourPlan): void {
    this.#state?.cancel()
    if (state === 'ended') this.#whole?.cancel()
    const { limits, clock, dispatch } = this.#options
    const { ringingMs, waitingMs, leavingMs } = limits
    const limitsMs: Partial<Record<SessionState['name'], number>> = {
      ringing: ringingMs,
      waiting: waitingMs,
      resuming: waitingMs,
      leaving: leavingMs,
      ...(plan && { away: longestMs(plan) }),
    }
    const limitMs = limitsMs[state]
    this.#state = limitMs === undefined ? undefined : clock.after(limitMs, () => dispatch({ type: 'timed-out' }))
  }
}

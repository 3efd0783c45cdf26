import type { Clock, Timer } from '../../lib/clock.ts'
import { type Agent, serviceHost } from '../agent.ts'
import { isBeyondShare } from '../capacity/fair-share.ts'
import { longestQueue } from './overflow.ts'

/** Somebody who waits for a place. */
export interface Waiting {
  readonly agent: Agent
  readonly maxWaitMs: number
  /** There is a place: it is theirs when this returns. */
  take(): void
  /** They have waited long enough. */
  giveUp(): void
}

interface WaitingLineOptions {
  /** Whether there is a place for one more session of this agent. */
  readonly hasPlace: (agent: Agent) => boolean
  readonly clock: Clock
}

/** How often it is looked whether there is room: what the node can take changes without anybody hanging up. */
const lookEveryMs = 250

/**
 * All who wait for a place on this node, in the order in which they came. A place goes to the first who can have it:
 * whoever waits for an agent that is full holds up nobody who waits for another.
 */
export class WaitingLine {
  readonly #options: WaitingLineOptions
  readonly #waiting = new Map<Waiting, Timer>()
  #look: Timer | undefined

  constructor(options: WaitingLineOptions) {
    this.#options = options
  }

  lengthOf(agent: Agent): number {
    const host = serviceHost(agent)
    return [...this.#waiting.keys()].filter((waiting) => serviceHost(waiting.agent) === host).length
  }

  /**
   * Whether one more of the organization's callers may join. The second half of the line is for those who have less than
   * their share of it, so that nobody's callers are turned away because another's all wait.
   */
  hasRoomFor(organization: string, organizations: number): boolean {
    const running = this.#waiting.size
    const room = longestQueue - running
    const held = [...this.#waiting.keys()].filter(({ agent }) => agent.organization === organization).length
    return room > 0 && !isBeyondShare({ running, room, held, organizations, reserve: 0.5 })
  }

  join(waiting: Waiting): void {
    const { clock } = this.#options
    const timer = clock.after(waiting.maxWaitMs, () => {
      if (this.leave(waiting)) waiting.giveUp()
    })
    this.#waiting.set(waiting, timer)
    this.#lookLater()
  }

  /** Returns whether they were in line. */
  leave(waiting: Waiting): boolean {
    this.#waiting.get(waiting)?.cancel()
    const was = this.#waiting.delete(waiting)
    if (this.#waiting.size === 0) {
      this.#look?.cancel()
      this.#look = undefined
    }
    return was
  }

  /** Gives out the places that there are. */
  serve(): void {
    for (const waiting of this.#waiting.keys()) {
      if (this.#options.hasPlace(waiting.agent) && this.leave(waiting)) waiting.take()
    }
  }

  #lookLater(): void {
    this.#look ??= this.#options.clock.after(lookEveryMs, () => {
      this.#look = undefined
      this.serve()
      if (this.#waiting.size > 0) this.#lookLater()
    })
  }
}

import type { Usage } from '../runtime/link.ts'

export interface UsageSample extends Usage {
  /** Milliseconds since the epoch. */
  readonly atMs: number
}

/** Half an hour of samples, or twice as long with half as many, and so on. */
const maxSamples = 900

/**
 * What the instances of running sessions used, sample by sample. Where an instance has several sessions, each of them has the
 * use of all.
 */
export class SessionUsage {
  readonly #sessions = new Map<string, { instanceId: string; samples: UsageSample[]; every: number; skipped: number }>()

  /** The session runs on that instance from now on. */
  place(sessionId: string, instanceId: string): void {
    const known = this.#sessions.get(sessionId)
    if (known) known.instanceId = instanceId
    else this.#sessions.set(sessionId, { instanceId, samples: [], every: 1, skipped: 0 })
  }

  add(instanceId: string, sample: UsageSample): void {
    for (const session of this.#sessions.values()) {
      if (session.instanceId !== instanceId || ++session.skipped < session.every) continue
      session.skipped = 0
      if (session.samples.push(sample) < maxSamples) continue
      // Of a long session every second sample, then every fourth.
      session.samples = session.samples.filter((_, at) => at % 2 === 1)
      session.every *= 2
    }
  }

  /** The session is over: its samples, which are forgotten. */
  take(sessionId: string): readonly UsageSample[] {
    const samples = this.#sessions.get(sessionId)?.samples ?? []
    this.#sessions.delete(sessionId)
    return samples
  }
}

import type { RevisionStatus, RuntimeStatus } from '../control/agent-runtime.ts'
import type { Clock } from '../lib/clock.ts'
import type { Pool } from '../runtime/pool.ts'

type Phase = RevisionStatus['phase']

/** One attempt to run a version. */
export interface Revision {
  readonly versionId: string
  phase: Phase
  phaseStartedAt: number
  error: { readonly code: string; readonly message: string } | undefined
}

/** What runs of an agent, beside what should run: which the store says. */
export class RunningAgent {
  readonly name: string
  readonly organization: string
  readonly #clock: Clock
  #current: Revision | undefined
  /** Takes calls until the current one is ready. */
  #serving: Revision | undefined

  constructor({ name, organization, clock }: { name: string; organization: string; clock: Clock }) {
    this.name = name
    this.organization = organization
    this.#clock = clock
  }

  /** A version is to be brought up; from now on it is the one that is wanted. */
  begin(versionId: string): Revision {
    this.#current = { versionId, phase: 'Creating', phaseStartedAt: this.#clock.now(), error: undefined }
    return this.#current
  }

  /** Whether nothing else has begun since: not even the same version once more, with other settings. */
  wants(revision: Revision): boolean {
    return this.#current === revision
  }

  succeed(revision: Revision): void {
    this.#move(revision, 'Active')
    this.#serving = revision
  }

  fail(revision: Revision, error: { readonly code: string; readonly message: string }): void {
    this.#move(revision, 'Failed')
    revision.error = error
  }

  status(pool: Pool | undefined, activeSessions: number): RuntimeStatus {
    const current = this.#current
    const serving = this.#serving
    const readyInstances = (pool?.status.free ?? 0) + (pool?.status.active ?? 0)
    return {
      ready: current?.phase === 'Active',
      available: serving !== undefined,
      activeSessions,
      reconciledVersionId:
        current?.phase === 'Active' || current?.phase === 'Failed' ? current.versionId : serving?.versionId,
      errors: current?.error ? [current.error] : [],
      current: current && viewOf(current, current === serving ? readyInstances : 0),
      previous: serving && serving !== current ? viewOf(serving, readyInstances) : undefined,
    }
  }

  #move(revision: Revision, phase: Phase): void {
    revision.phase = phase
    revision.phaseStartedAt = this.#clock.now()
  }
}

function viewOf({ versionId, phase, phaseStartedAt, error }: Revision, readyInstances: number): RevisionStatus {
  const ready = phase === 'Active'
  const health = {
    ready,
    state: ready ? ('running' as const) : phase === 'Failed' ? ('terminated' as const) : ('waiting' as const),
    restarts: 0,
    instancesStarted: readyInstances,
    ...(error && { reason: 'Error', message: error.message, headline: error.message.split('\n')[0] ?? '' }),
  }
  return { versionId, phase, readyInstances, phaseStartedAt, health }
}

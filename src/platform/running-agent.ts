import type { RevisionStatus, RuntimeStatus } from '../control/agent-runtime.ts'
import type { Clock } from '../lib/clock.ts'
import type { Pool } from '../runtime/pool.ts'

type Phase = RevisionStatus['phase']

interface Revision {
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

  get servingVersionId(): string | undefined {
    return this.#serving?.versionId
  }

  begin(versionId: string): void {
    this.#current = { versionId, phase: 'Creating', phaseStartedAt: this.#clock.now(), error: undefined }
  }

  /** Whether this version is still the one that is wanted. */
  wants(versionId: string): boolean {
    return this.#current?.versionId === versionId
  }

  succeed(versionId: string): void {
    const revision = this.#move(versionId, 'Active')
    if (revision) this.#serving = revision
  }

  fail(versionId: string, error: { readonly code: string; readonly message: string }): void {
    const revision = this.#move(versionId, 'Failed')
    if (revision) revision.error = error
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

  #move(versionId: string, phase: Phase): Revision | undefined {
    const revision = this.#current
    if (revision?.versionId !== versionId) return undefined
    revision.phase = phase
    revision.phaseStartedAt = this.#clock.now()
    return revision
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

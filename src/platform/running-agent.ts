import type { RevisionStatus, RuntimeStatus } from '../control/agent-runtime.ts'
import type { Clock } from '../lib/clock.ts'
import type { Pool } from '../runtime/pool/pool.ts'
import type { Trouble } from '../runtime/pool/start-trouble.ts'

type Phase = RevisionStatus['phase']

/** Tools know no better code for a bot that does not run. */
const failureCode = 'PCC_UNKNOWN_ERROR'

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

  /** Whether new calls get this version, and no other is wanted. */
  serves(versionId: string): boolean {
    return this.#current === this.#serving && this.#serving?.versionId === versionId
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
    const { free = 0, active = 0 } = pool?.status ?? {}
    const readyInstances = free + active
    const trouble = pool?.trouble && this.#describe(pool.trouble)
    // It took calls once: only what keeps it from taking the next one is an error.
    const stuck =
      trouble && (trouble.open || readyInstances === 0) ? [{ code: failureCode, message: trouble.message }] : []
    return {
      ready: current?.phase === 'Active',
      available: serving !== undefined,
      activeSessions,
      reconciledVersionId:
        current?.phase === 'Active' || current?.phase === 'Failed' ? current.versionId : serving?.versionId,
      errors: current?.error ? [current.error] : current === serving ? stuck : [],
      current: current && viewOf(current, current === serving ? { readyInstances, trouble } : { readyInstances: 0 }),
      previous: serving && serving !== current ? viewOf(serving, { readyInstances, trouble }) : undefined,
    }
  }

  #describe({ failures, why, open, retryAt }: Trouble): Described {
    const seconds = Math.max(0, Math.ceil((retryAt - this.#clock.monotonic()) / 1000))
    const times = failures === 1 ? 'did not start' : `did not start ${failures} times in a row`
    return { failures, open, message: `The last instance ${times}; the next try is in ${seconds} s. ${why}` }
  }

  #move(revision: Revision, phase: Phase): void {
    revision.phase = phase
    revision.phaseStartedAt = this.#clock.now()
  }
}

interface Described {
  readonly failures: number
  readonly open: boolean
  readonly message: string
}

interface Instances {
  readonly readyInstances: number
  readonly trouble?: Described | undefined
}

function viewOf(
  { versionId, phase, phaseStartedAt, error }: Revision,
  { readyInstances, trouble }: Instances,
): RevisionStatus {
  const ready = phase === 'Active' && !trouble?.open
  const message = error?.message ?? trouble?.message
  const health = {
    ready,
    state: ready ? ('running' as const) : phase === 'Failed' ? ('terminated' as const) : ('waiting' as const),
    restarts: trouble?.failures ?? 0,
    instancesStarted: readyInstances,
    ...(message !== undefined && {
      reason: error ? 'Error' : 'CrashLoopBackOff',
      message,
      headline: message.split('\n')[0] ?? '',
    }),
  }
  return { versionId, phase, readyInstances, phaseStartedAt, health }
}

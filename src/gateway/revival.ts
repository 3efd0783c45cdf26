import type { Log } from '../lib/log.ts'
import { type Agent, type AgentDirectory, serviceHost } from '../sessions/agent.ts'
import type { CallRegistry } from '../sessions/call-registry.ts'
import type { Opened } from '../sessions/carrier/carrier-call.ts'
import type { CameBack } from '../sessions/detours/detour.ts'
import type { KeptCalls } from '../sessions/kept-calls.ts'
import type { PlivoRequest } from './plivo-request.ts'

export interface RevivalOptions {
  readonly agents: AgentDirectory
  readonly calls: CallRegistry
  /** Undefined: no call outlives its node. */
  readonly keptCalls?: KeptCalls | undefined
  readonly log: Log
}

interface Lost {
  readonly callId: string
  /** Number of the document that the carrier has come to the end of. */
  readonly offer: number
  readonly came: CameBack
  readonly verified: boolean
}

/** Finds calls again that the node had before it was started anew: their streams broke, and the carrier asks what next. */
export class Revival {
  readonly #options: RevivalOptions

  constructor(options: RevivalOptions) {
    this.#options = options
  }

  /** The agent that a question names; waits for one that is still coming up. */
  async agentOf({ params }: PlivoRequest): Promise<Agent | undefined> {
    const { agents, keptCalls } = this.#options
    const [name = '', ...rest] = (params.get('serviceHost') ?? '').split('.')
    if (!keptCalls || name === '') return undefined
    const organization = rest.join('.')
    await agents.arrival?.(organization, name)
    return agents.find(organization, name)
  }

  /** Undefined: nothing is left of the call. */
  async revive(agent: Agent, { callId, offer, came, verified }: Lost): Promise<Opened | undefined> {
    const { calls, keptCalls, log } = this.#options
    // Whoever has talked with somebody else is done, as far as one can know without the bot that wanted it.
    if (came.dialled?.status === 'completed') return undefined
    const kept = await keptCalls?.find(callId, agent)
    if (!kept) return undefined
    const { facts, resumed } = kept
    log.warn(
      { call: callId, agent: serviceHost(agent), count: resumed?.count },
      'a call goes on that the node had before',
    )
    return calls.open({ mayQueue: true, facts, agent, verified, revived: { resumed, offer } })
  }
}

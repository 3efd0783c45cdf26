import type { Resumption } from '../sdk/protocol.ts'
import type { Agent } from './agent.ts'
import type { CallFacts } from './call-facts.ts'

/** A call that the node had before it was started anew. */
export interface KeptCall {
  readonly facts: CallFacts
  /** Undefined: no bot had taken it. */
  readonly resumed: Resumption | undefined
}

/** Where calls outlive their node. */
export interface KeptCalls {
  /** Resolves to undefined when there was no such call of this agent's, or it is over. */
  find(callId: string, agent: Agent): Promise<KeptCall | undefined>
}

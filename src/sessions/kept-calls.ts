import type { Resumption } from '../sdk/protocol.ts'
import type { Agent } from './agent.ts'
import type { CallFacts } from './call-facts.ts'
import type { CallEnd } from './session-watcher.ts'

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
  /** The carrier says that it is over. `agent`: it may end that agent's calls only. */
  end(callId: string, end: CallEnd, agent?: Agent): void
}

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
  /** Names of the organizations that have the call on record: one, unless somebody made its id up. */
  organizationsOf(callId: string): Promise<readonly string[]>
  /** The carrier says of a call that is not here that it is over. */
  end(callId: string, end: CallEnd, owners: readonly CallOwner[]): void
}

/** Whose call it may be. Absent `name`: of any of the organization's agents. */
export interface CallOwner {
  readonly organization: string
  readonly name?: string
}

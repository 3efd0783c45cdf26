import type { Agent } from '../agent.ts'
import type { CallFacts } from '../call-facts.ts'
import type { Recorded } from '../detours/detour.ts'
import type { CallEnd } from '../session-watcher.ts'
import type { Overflow } from './overflow.ts'

/** A call for which there was no place. */
export interface RefusedCall {
  readonly call: CallFacts
  readonly agent: Agent
  /** What the caller gets. */
  readonly gets: Overflow['type']
}

/** What became of it. `turned-away`: the caller was told so, and that was all. */
export type OverflowOutcome =
  | 'turned-away'
  | 'connected'
  | 'not-connected'
  | 'message-left'
  | 'no-message'
  | 'caller-hung-up'
  /** Whoever waited in line got a place, or none in time. */
  | 'served'
  | 'waited-too-long'

/** What a caller said to the carrier's recorder, with no bot there. */
export interface LeftMessage {
  readonly agent: Agent
  readonly callId: string
  /** Of the bot that broke down; undefined: the call had no place. */
  readonly sessionId?: string | undefined
  readonly recorded: Recorded
}

/** Told of callers who get something in a bot's place. It must not throw, and must not keep a call waiting. */
export interface OverflowWatcher {
  /** Once for each call. */
  onOverflow(refused: RefusedCall): void
  onOverflowEnd(refused: RefusedCall, outcome: OverflowOutcome): void
  /** The carrier says that it is over. */
  onRefusedCallOver(refused: RefusedCall, end: CallEnd): void
  /** The same message may come twice. */
  onMessage(message: LeftMessage): void
}

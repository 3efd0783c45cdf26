import type { InterruptRule } from './barge-in.ts'
import type { Feed } from './feed.ts'
import type { Mark } from './marks.ts'
import type { StopBy } from './protocol.ts'
import type { Utterance } from './utterance.ts'

/** What a bot asked for. */
export type Verb = 'play' | 'say' | 'hold' | 'write' | 'resume' | 'interruptible'

/** One utterance that was neither heard nor cut yet, or whose cut the node has not confirmed. */
export interface Playing {
  readonly utterance: Utterance
  readonly verb: Verb
  /** Present when it stands in line and the node paces it. */
  readonly feed?: Feed
  /** Written audio stands in no line: it is heard as it comes. */
  readonly inLine: boolean
  /** Its audio never passes through here: what was heard of it is an estimate. */
  readonly byCarrier: boolean
  /** Settled when the utterance was cut or is over: what waits behind it goes on, whatever its source still does. */
  readonly released: PromiseWithResolvers<void>
  /** Asks whoever plays it to stop. */
  askToStop: (by: StopBy) => void
  /** False once it was cut or is over. */
  wanted: boolean
  /** Somebody plays it, and will report its end. */
  announced: boolean
  /** How the caller may cut it. What was not heard is kept then. */
  rule: InterruptRule | undefined
  sentMs: number
  /** Of one that goes on where another was cut: settled when it is known where that is. */
  ready?: Promise<void>
}

export interface NewUtterance {
  /** What asked for it. Default `play`. */
  readonly verb?: Verb
  readonly marks?: readonly Mark[] | undefined
  readonly rule?: InterruptRule | undefined
  readonly byCarrier?: boolean
  readonly feed?: Feed
  readonly inLine?: boolean
}

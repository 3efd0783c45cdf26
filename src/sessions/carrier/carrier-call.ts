import type { AudioFormat } from '../../audio/format.ts'
import type { Resumption } from '../../sdk/protocol.ts'
import type { Agent } from '../agent.ts'
import type { CallFacts } from '../call-facts.ts'
import type { Carrier } from './carrier.ts'
import type { Fallback } from '../detours/fallback.ts'
import type { Shortage } from '../live-sessions.ts'
import type { PlainSessionOptions } from '../plain/plain-session.ts'
import type { Session } from '../session.ts'
import type { Step } from '../detours/what-next.ts'

/** One call of the carrier's, from its first webhook to some time after its end, so that late news finds it. */
export interface CarrierCall {
  readonly facts: CallFacts
  readonly agent: Agent
  readonly carrier: Carrier | undefined
  /** An answer webhook with a good signature told of it. */
  verified: boolean
  /** What the carrier is asked to send. */
  readonly audio: AudioFormat
  readonly openedAt: number
  /** The latest session; a call whose stream comes back gets a new one. */
  session: Session
  /** Number of the latest document that the carrier was given, from 1, and what it was told there. */
  offer: number
  step: Step
  /** When it was told so. */
  toldAt: number
  /** `<Stream>`s that the carrier was given since a stream last started. */
  streamsOffered: number
  /** Since the caller was last elsewhere. */
  streamsStarted: number
  /** What the caller was given when there was no bot any more. */
  fallback: Fallback | undefined
  /** When the call was over for us; nothing connects any more. */
  endedAt: number | undefined
}

export interface OpenRequest {
  readonly facts: CallFacts
  readonly agent: Agent
  /** A good signature vouches for the facts. */
  readonly verified: boolean
  /** Of its first session, when one was given out before. */
  readonly sessionId?: string | undefined
  /** The caller may wait in line, where the agent wants that: whoever asks will ask what next. Default: not. */
  readonly mayQueue?: boolean
  /** Default: the node's. */
  readonly carrier?: Carrier | undefined
  /** Default: the agent's. */
  readonly audio?: AudioFormat | undefined
  /** It was this node's before the node was started anew. */
  readonly revived?: Revived | undefined
}

interface Revived {
  readonly resumed: Resumption | undefined
  /** Number of the document that the carrier was given last. */
  readonly offer: number
}

/** Of a session without a call. Its id may have been given out before. */
export type PlainRequest = Pick<PlainSessionOptions, 'agent' | 'body' | 'client'> & { readonly id?: string | undefined }

export type Opened =
  | { readonly type: 'open'; readonly call: CarrierCall }
  /** The node, or the agent, has as many calls as it takes. */
  | { readonly type: 'full'; readonly shortage: Shortage }
  /** The call was here and is over. */
  | { readonly type: 'over' }
  /** The call is here, and somebody else's. */
  | { readonly type: 'foreign' }

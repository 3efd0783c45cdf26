/** A stretch of a stream, in milliseconds from its `start`. */
export interface FaultSpan {
  readonly afterMs: number
  readonly ms: number
}

/** What goes wrong with media frames on their way to the bot. They stay in order, as they do on TCP. */
export interface MediaFaults {
  /** Each frame is late by a random time. `normal` and `exponential` have `ms` as their deviation and mean; `uniform`, the default, as its most. */
  readonly jitter?: { readonly ms: number; readonly distribution?: 'uniform' | 'normal' | 'exponential' }
  /** Share of frames that never came to Plivo, from 0 to 1: they are not sent, and timestamps step over them. */
  readonly loss?: number
  /** Nothing is sent for a while; afterwards all of it at once. */
  readonly stalls?: readonly FaultSpan[]
}

/** What happens to a webhook. Which: those with this `Event`, and whose URL contains `url`; by default every one. */
export type WebhookFault = WebhookFaultKind & {
  readonly event?: string
  readonly url?: string
  /** How often, from the first on; of the last three kinds, in tries. Default once. */
  readonly times?: number
  /** Chance that it happens to one that it could happen to, from 0 to 1. Default 1. */
  readonly chance?: number
}

type WebhookFaultKind =
  /** It is sent again when it has been answered, with a signature of its own; that answer is ignored. */
  | { readonly fault: 'duplicate' }
  /** It is sent this much too late. */
  | { readonly fault: 'late'; readonly ms: number }
  /** Its signatures are of another token; with the event `Upgrade`, those of a stream's upgrade. */
  | { readonly fault: 'wrong-signature' }
  /** No connection comes about: the connect timeout passes. */
  | { readonly fault: 'unreachable' }
  /** A proxy answers in place of the server. */
  | { readonly fault: 'status'; readonly status: number }
  /** The answer takes this much longer; beyond the read timeout it counts as none. */
  | { readonly fault: 'slow'; readonly ms: number }

/** Things that go wrong on purpose. All that is random follows from `seed`, so that a run can be repeated. */
export interface Faults {
  /** Default 1. */
  readonly seed?: number
  readonly media?: MediaFaults
  /** Plivo stops reading the bot's socket for a while. */
  readonly slowReader?: readonly FaultSpan[]
  /** The connection of a stream is broken in the middle of a frame, this long after its `start`; the first stream only. */
  readonly cutSocketAfterMs?: number
  readonly webhooks?: readonly WebhookFault[]
}

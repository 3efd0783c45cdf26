import type { CallPolicy } from '../call-policy.ts'
import type { CameBack, Detour, DetourPlan } from './detour.ts'
import { beginFallback, endFallback, type Fallback, type FallbackStep } from './fallback.ts'
import { beginOverflow } from '../overflow/overflow.ts'
import type { Ending, SessionState } from '../session-state.ts'

/** What the carrier is told to do when a stream, or what stood in its place, has ended. */
export type Step =
  /** Open a stream for the call: the first, or another one. */
  | { readonly type: 'stream' }
  /** Take the caller elsewhere, then ask again. */
  | { readonly type: 'detour'; readonly plan: DetourPlan; readonly fallback?: Fallback }
  | { readonly type: 'hang-up' }
  /** Say something, then hang up: never leave in silence. */
  | { readonly type: 'say'; readonly text: string }
  /** Say that something went wrong, then hang up. */
  | { readonly type: 'apologise' }

interface CallSoFar {
  readonly session: { readonly state: SessionState; readonly detour: Detour | undefined }
  readonly policy?: CallPolicy | undefined
  /** The caller was given this when there was no bot any more. */
  readonly fallback?: Fallback | undefined
  /** `<Stream>`s that the carrier was given since a stream last started. */
  readonly streamsOffered: number
  /** Since the caller was last elsewhere. */
  readonly streamsStarted: number
}

/** A refused or failing stream must not loop. */
const maxStreamsWithoutStart = 3
const maxStreams = 10

/**
 * Decides from the call's state. The carrier asks only once its stream, or the detour, is over, whatever we have seen of
 * that; `came` is what it says then.
 */
export function whatNext(call: CallSoFar, came: CameBack = {}): Step {
  const { state, detour } = call.session
  if (call.fallback) return endFallback(call.fallback, came, isFor('no-room', state) ? 'no-room' : 'failure')
  if (detour?.state === 'wanted') {
    detour.state = 'under-way'
    return { type: 'detour', plan: detour.plan }
  }
  if (detour?.state === 'under-way') {
    const onward = detour.comeBack(came)
    if (onward.type !== 'stream') return onward
  }
  const again = call.streamsOffered < maxStreamsWithoutStart && call.streamsStarted < maxStreams
  const streamOrHangUp: Step = again ? { type: 'stream' } : { type: 'hang-up' }
  switch (state.name) {
    case 'ringing':
    case 'connecting':
    case 'away':
      return streamOrHangUp
    case 'queued':
    case 'waiting':
    case 'talking':
    case 'resuming':
      return { type: 'hang-up' }
    case 'leaving':
    case 'ended':
      return afterEnding(state.ending, streamOrHangUp, call.policy)
  }
}

const isFor = (reason: Ending['reason'], state: SessionState): boolean =>
  'ending' in state && state.ending.reason === reason

function afterEnding({ reason }: Ending, streamOrHangUp: Step, policy: CallPolicy = {}): Step | FallbackStep {
  switch (reason) {
    case 'bot-threw':
    case 'bot-lost':
    case 'bot-not-ready':
      return beginFallback(policy.onCrash ?? { type: 'apology' })
    case 'no-room':
      return beginOverflow(policy.overflow)
    case 'max-duration':
    case 'silence':
      return policy.goodbye === undefined ? { type: 'hang-up' } : { type: 'say', text: policy.goodbye }
    // The line is still there: only the socket was lost.
    case 'stream-lost':
    case 'no-stream':
      return streamOrHangUp
    case 'bot-returned':
    case 'bot-hung-up':
    case 'caller-hung-up':
    case 'node-stopped':
    case 'stopped':
      return { type: 'hang-up' }
  }
}

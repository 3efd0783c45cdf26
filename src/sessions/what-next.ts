import type { Ending, SessionState } from './session-state.ts'

/** What the carrier is told to do when a stream has ended. */
export type Step =
  /** Open another stream for the same call. */
  | { readonly type: 'stream' }
  | { readonly type: 'hang-up' }
  /** Say that something went wrong, then hang up: never leave in silence. */
  | { readonly type: 'apologise' }

interface CallSoFar {
  readonly session: { readonly state: SessionState }
  /** `<Stream>`s that the carrier was given since a stream last started. */
  readonly streamsOffered: number
  readonly streamsStarted: number
}

/** A refused or failing stream must not loop. */
const maxStreamsWithoutStart = 3
const maxStreams = 10

/** Decides from the call's state. The carrier asks only once its stream is over, whatever we have seen of that. */
export function whatNext(call: CallSoFar): Step {
  const { state } = call.session
  const again = call.streamsOffered < maxStreamsWithoutStart && call.streamsStarted < maxStreams
  const streamOrHangUp: Step = again ? { type: 'stream' } : { type: 'hang-up' }
  switch (state.name) {
    case 'ringing':
    case 'connecting':
      return streamOrHangUp
    case 'waiting':
    case 'talking':
      return { type: 'hang-up' }
    case 'leaving':
    case 'ended':
      return afterEnding(state.ending, streamOrHangUp)
  }
}

function afterEnding({ reason }: Ending, streamOrHangUp: Step): Step {
  switch (reason) {
    case 'bot-threw':
    case 'bot-lost':
    case 'bot-not-ready':
      return { type: 'apologise' }
    // The line is still there: only the socket was lost.
    case 'stream-lost':
    case 'no-stream':
      return streamOrHangUp
    case 'bot-returned':
    case 'bot-hung-up':
    case 'caller-hung-up':
    case 'node-stopped':
      return { type: 'hang-up' }
  }
}

import type { Ending } from '../sessions/session-state.ts'
import type { Pcm } from '../simulator/audio-track.ts'
import type { HangupCause } from '../simulator/hangup-causes.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'

/**
 * Who ended a call: the bot in order, the one at the telephone, or neither in order: a crash, a webhook that failed, a
 * busy line.
 */
export type EndedBy = 'bot' | 'caller' | 'error'

/** What became of a call. Times are in milliseconds of the call, from the dialling on, as in the timeline. */
export interface CallResult {
  readonly by: EndedBy
  /** In words, such as `the bot returned`; of an SDK bot that threw, with its stack. */
  readonly reason: string
  /** Since the answer. */
  readonly durationMs: number
  /** What the caller heard, silence included, from the answer on. */
  readonly heard: Pcm
  /** What the caller said, on the same scale of time. */
  readonly said: Pcm
  /** A stereo WAV file: left is the caller, right what the caller heard. */
  readonly recording: () => Uint8Array
  readonly timeline: readonly TimelineEvent[]
  /** What the session of an SDK bot had Plivo do after the stream; absent when nobody asked it. */
  readonly next?: 'hang-up' | 'say' | 'apologise'
}

const words: Readonly<Record<Ending['reason'], readonly [EndedBy, string]>> = {
  'bot-returned': ['bot', 'the bot returned'],
  'bot-hung-up': ['bot', 'the bot hung up'],
  'bot-threw': ['error', 'the bot threw'],
  'bot-lost': ['error', 'the bot was lost'],
  'bot-not-ready': ['error', 'the bot was not ready'],
  'caller-hung-up': ['caller', 'the caller hung up'],
  'stream-lost': ['error', 'the stream was lost'],
  'no-stream': ['error', 'no stream came'],
  'node-stopped': ['error', 'the node stopped'],
  stopped: ['error', 'somebody stopped the session'],
  'no-room': ['error', 'there was no place for the call'],
  'max-duration': ['bot', 'the call took as long as it may'],
  silence: ['bot', 'nobody was heard any more'],
}

/** The end of a session, for the person who wrote the bot. */
export function describeEnding({ reason, detail }: Ending): { by: EndedBy; reason: string } {
  const [by, text] = words[reason]
  return { by, reason: by === 'error' && detail !== undefined ? `${text}: ${detail}` : text }
}

/** How a bot's server closes a stream when it has failed. */
const failedCode = 1011

/** The same for a call by webhooks, whose bot says nothing about itself. */
export function describeHangup(
  { name, code, source, cause }: HangupCause,
  timeline: readonly TimelineEvent[],
): { by: EndedBy; reason: string } {
  const closed = timeline.findLast((event) => event.type === 'stream-closed')
  const reason = `${name} (${code}), by ${source}`
  if (source === 'Caller' || source === 'Callee') return { by: 'caller', reason }
  const failed = closed?.by === 'lost' || (closed?.by === 'server' && closed.code === failedCode)
  if (closed && failed)
    return { by: 'error', reason: `the stream was closed with ${closed.code} ${closed.reason}; ${reason}` }
  const nobody = source === 'Error' || source === 'Carrier' || cause === 'NO_ANSWER'
  return { by: nobody ? 'error' : 'bot', reason }
}

import { encodeWav } from '../audio/wav.ts'
import type { Pcm } from './audio-track.ts'
import type { HangupCause } from './hangup-causes.ts'
import type { Line, StreamAccount } from './line.ts'
import type { TimelineEvent } from './timeline.ts'

export interface CallResult {
  readonly callUuid: string
  readonly answered: boolean
  /** Since the answer; 0 when there was none. */
  readonly durationMs: number
  readonly hangup: HangupCause
  /**
   * What the caller really heard, silence included: its first sample is the moment of the `answered` event (`early-media`, if that
   * came first). At 8 kHz, or
   * 16 kHz if a stream had that. Ends at `maxRecordedMs`.
   */
  readonly heard: Pcm
  /** What the caller said, on the same scale of time. */
  readonly said: Pcm
  /** A stereo WAV file: left is the caller, right what the caller heard. */
  readonly recording: () => Uint8Array
  /** Media frames sent on streams; late is one that went out when the next was already due. */
  readonly frames: { readonly sent: number; readonly late: number; readonly maxLateMs: number }
  readonly latencies: Latencies
  /** One for each connection that was open, in order. */
  readonly streams: readonly StreamAccount[]
  /** Of `<Dial>`, one for each Number and User, in order. */
  readonly legs: readonly CallResult[]
}

/** In milliseconds; undefined when it did not come to that. */
export interface Latencies {
  /** From the first try of the answer webhook to the answer. */
  readonly answerMs: number | undefined
  /** From the first try of the answer webhook to the first sound that the caller hears. */
  readonly firstAudioMs: number | undefined
  /** From the upgrade request to the first sound from a stream. */
  readonly streamToAudioMs: number | undefined
}

export function callResult(
  { callUuid, hangup, legs }: Pick<CallResult, 'callUuid' | 'hangup' | 'legs'>,
  line: Line,
  events: readonly TimelineEvent[],
): CallResult {
  const heard = line.heard.slice()
  const said = line.said.slice()
  const answered = find(events, 'answered')
  return {
    callUuid,
    answered: answered !== undefined,
    durationMs: between(answered, find(events, 'ended')) ?? 0,
    hangup,
    heard,
    said,
    recording: () => encodeWav([said.samples, heard.samples], heard.sampleRateHz),
    frames: { ...line.frames },
    latencies: latenciesOf(events),
    streams: line.streams,
    legs,
  }
}

function latenciesOf(events: readonly TimelineEvent[]): Latencies {
  const asked = find(events, 'answer-requested')
  const streamSound = events.findIndex((event) => event.type === 'bot-audio-started' && event.source === 'stream')
  const upgrade = events.slice(0, Math.max(0, streamSound)).findLast(({ type }) => type === 'stream-connecting')
  return {
    answerMs: between(asked, find(events, 'answered')),
    firstAudioMs: between(asked, find(events, 'bot-audio-started')),
    streamToAudioMs: between(upgrade, events[streamSound]),
  }
}

const find = (events: readonly TimelineEvent[], type: TimelineEvent['type']): TimelineEvent | undefined =>
  events.find((event) => event.type === type)

const between = (from?: TimelineEvent, to?: TimelineEvent): number | undefined => from && to && to.atMs - from.atMs

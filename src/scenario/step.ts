import type { EndedBy } from '../testing/call-end.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import type { AudioSource } from '../testing/audio-source.ts'

/** One thing that somebody at a telephone does or expects. */
export type Step =
  | { readonly do: 'hear-anything'; readonly withinMs: number }
  | { readonly do: 'hear-audio'; readonly audio: AudioSource; readonly withinMs: number }
  | { readonly do: 'hear-tone'; readonly frequencyHz: number; readonly forMs: number; readonly withinMs: number }
  | { readonly do: 'hear-silence'; readonly ms: number; readonly withinMs: number }
  | { readonly do: 'press'; readonly digits: string }
  | { readonly do: 'say'; readonly audio: AudioSource }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'wait-for-quiet'; readonly ms: number; readonly withinMs: number }
  | { readonly do: 'hang-up' }
  | { readonly do: 'expect-digits'; readonly digits: string; readonly withinMs: number }
  | ExpectHangUp
  | ExpectLatency
  | ExpectEvent
  | { readonly do: 'expect'; readonly stream?: ExpectedStream; readonly noWarnings: boolean }

export interface ExpectHangUp {
  readonly do: 'expect-hang-up'
  readonly by?: EndedBy
  /** Name, raw cause or code, as the hangup webhook has them. */
  readonly cause?: string
  readonly withinMs: number
}

/** The most that each may take, in milliseconds. */
export interface ExpectLatency {
  readonly do: 'expect-latency'
  readonly limits: Readonly<Partial<Record<LatencyName, number>>>
}

export const latencyNames = ['answer', 'first-audio', 'stream-to-audio'] as const
export type LatencyName = (typeof latencyNames)[number]

export interface ExpectEvent {
  readonly do: 'expect-event'
  readonly type: TimelineEvent['type']
  /** Fields of the event, and what their texts must contain. */
  readonly fields: Readonly<Record<string, string>>
  readonly withinMs: number
}

/** By attribute, as XML has them; `url` is the element's text. */
export interface ExpectedStream {
  readonly attributes: Readonly<Record<string, string>>
  readonly url?: string
}

/** A step with its place in the file. */
export interface PlacedStep {
  readonly line: number
  /** As it was written, on one line. */
  readonly text: string
  readonly step: Step
}

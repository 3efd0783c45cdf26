import type { AudioFormat } from '../audio/format.ts'
import type { Clock } from '../lib/clock.ts'
import type { HangupCause } from './hangup-causes.ts'
import type { HttpMethod } from './webhook-sender.ts'

/** Why a document is asked for; each comes with its own `answer-requested`. */
export type RequestPurpose = 'answer' | 'fallback' | 'redirect' | 'action' | 'transfer' | 'music'

/** What a request came to. */
export type RequestResult = { readonly status: number } | { readonly error: string }

/** Whose sound the caller hears: the bot's stream, or Plivo itself (Speak, Play, tones), or a leg that was dialled. */
type HeardSource = 'stream' | 'plivo' | 'leg'

export type TimelineEntry =
  | { readonly type: 'dialled'; readonly from: string; readonly to: string; readonly answerUrl: string }
  | {
      readonly type: 'answer-requested'
      readonly purpose: RequestPurpose
      readonly method: HttpMethod
      readonly url: string
      /** From 1. */
      readonly attempt: number
    }
  | {
      readonly type: 'answer-received'
      readonly purpose: RequestPurpose
      readonly status: number
      /** Since the first try of this request. */
      readonly ms: number
      /** The body, whatever it is. */
      readonly xml: string
    }
  /** An outbound call rings at the far end. */
  | { readonly type: 'ringing' }
  | ({ readonly type: 'ring-webhook'; readonly url: string } & RequestResult)
  /** Sound before the answer. */
  | { readonly type: 'early-media' }
  | { readonly type: 'answered' }
  | { readonly type: 'machine-detected' }
  | ({ readonly type: 'machine-webhook'; readonly url: string } & RequestResult)
  /** Plivo plays keys to the far end. */
  | { readonly type: 'sent-digits'; readonly digits: string }
  | { readonly type: 'transfer-requested'; readonly url: string; readonly deferred: boolean }
  | { readonly type: 'leg-dialled'; readonly callUuid: string; readonly to: string }
  | { readonly type: 'leg-ringing'; readonly callUuid: string; readonly to: string }
  | { readonly type: 'leg-answered'; readonly callUuid: string; readonly to: string }
  | { readonly type: 'leg-bridged'; readonly callUuid: string; readonly to: string }
  | ({ readonly type: 'leg-ended'; readonly callUuid: string; readonly to: string } & HangupCause)
  | ({ readonly type: 'dial-callback'; readonly action: string; readonly url: string } & RequestResult)
  | ({ readonly type: 'speech-callback'; readonly url: string } & RequestResult)
  | ({ readonly type: 'message-callback'; readonly url: string } & RequestResult)
  /** An SMS that nobody gets here. */
  | { readonly type: 'message'; readonly from: string; readonly to: string; readonly text: string }
  /** Something that a fault did on purpose. */
  | { readonly type: 'fault'; readonly fault: string; readonly text: string }
  | { readonly type: 'element'; readonly name: string; readonly attributes: Readonly<Record<string, string>> }
  | { readonly type: 'stream-connecting'; readonly url: string; readonly attempt: number }
  | { readonly type: 'stream-connected'; readonly url: string; readonly attempt: number }
  | ({ readonly type: 'stream-refused'; readonly attempt: number } & RequestResult)
  | { readonly type: 'stream-started'; readonly streamId: string; readonly format: AudioFormat }
  /** The caller hears something after a pause. */
  | { readonly type: 'bot-audio-started'; readonly source: HeardSource }
  /** It has been quiet for a while; `quietSinceMs` on the scale of `atMs`. */
  | { readonly type: 'bot-audio-ended'; readonly source: HeardSource; readonly quietSinceMs: number }
  | { readonly type: 'caller-speech-started' }
  | { readonly type: 'caller-speech-ended'; readonly quietSinceMs: number }
  | { readonly type: 'pressed'; readonly digit: string }
  | { readonly type: 'checkpoint-played'; readonly name: string }
  | { readonly type: 'audio-cleared'; readonly droppedMs: number; readonly droppedCheckpoints: readonly string[] }
  | { readonly type: 'bot-sent-dtmf'; readonly digits: string }
  /** `lost`: the socket broke without a closing frame. */
  | {
      readonly type: 'stream-closed'
      readonly by: 'server' | 'plivo' | 'lost'
      readonly code: number
      readonly reason: string
    }
  | ({ readonly type: 'status-callback'; readonly event: string; readonly url: string } & RequestResult)
  /** An `action` whose answer is ignored. */
  | ({ readonly type: 'action-called'; readonly url: string } & RequestResult)
  | ({ readonly type: 'recording-callback'; readonly url: string } & RequestResult)
  | { readonly type: 'recorded'; readonly file: string; readonly durationMs: number }
  /** Something that Plivo would pass over in silence, and that is likely a mistake. */
  | { readonly type: 'warning'; readonly text: string }
  | ({ readonly type: 'ended' } & HangupCause)
  | ({ readonly type: 'hangup-webhook'; readonly url: string } & RequestResult)

/** `atMs`: milliseconds since the call was dialled, fractional. */
export type TimelineEvent = { readonly atMs: number } & TimelineEntry

/** Texts that quote what a bot sends may differ without end. */
const maxWarnedTexts = 100

/** All that happens in a call, in order. */
export class Timeline {
  readonly #clock: Clock
  readonly #startedAt: number
  readonly #onEvent: ((event: TimelineEvent) => void) | undefined
  readonly #warned = new Set<string>()
  readonly events: TimelineEvent[] = []

  constructor(clock: Clock, onEvent?: (event: TimelineEvent) => void) {
    this.#clock = clock
    this.#startedAt = clock.monotonic()
    this.#onEvent = onEvent
  }

  get nowMs(): number {
    return this.#clock.monotonic() - this.#startedAt
  }

  add(entry: TimelineEntry): void {
    const event = { atMs: this.nowMs, ...entry }
    this.events.push(event)
    this.#onEvent?.(event)
  }

  warn(text: string): void {
    this.add({ type: 'warning', text })
  }

  /** For what would repeat with every message. */
  warnOnce(text: string): void {
    if (this.#warned.has(text) || this.#warned.size >= maxWarnedTexts) return
    this.#warned.add(text)
    this.warn(text)
  }
}

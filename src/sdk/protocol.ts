/**
 * What a node and a host say to each other about calls. PROTOCOL.md is the same in prose; change both together.
 *
 * Commands are imperative, reports are past tense. Nothing here knows a carrier: a carrier's own messages travel as
 * opaque text.
 */
import type { AudioFormat } from '../audio/format.ts'
import type { ControlFailure } from './control.ts'

export const protocolVersion = 5

/** Largest frame either side accepts, header included. A longer one is a protocol error and ends the connection. */
export const maxFrameBytes = 1024 * 1024

/** How much audio of one call a host may have handed over beyond what the node has sent on to the carrier. */
export const playWindowMs = 4000

/** Names of checkpoints that begin so are the node's own; a bot's would never be acknowledged. */
export const nodeCheckpointPrefix = 'offhook-'

/** Longest state that a bot can save, as JSON. */
export const maxStateBytes = 64 * 1024

/** Everything a bot is told when a call begins. */
export interface CallStart {
  /** The carrier's id of the call; Plivo's CallUUID. */
  readonly callId: string
  readonly sessionId: string
  /** As the carrier writes them; absent when the stream came without an answer webhook. */
  readonly from?: string
  readonly to?: string
  readonly direction?: 'inbound' | 'outbound'
  /** Extra headers of the stream. Metadata from the caller's side: never proof of anything. */
  readonly headers: Readonly<Record<string, string>>
  /** Custom data of whoever started the call; absent when there was none. */
  readonly body?: unknown
  /** Format of the audio in both directions. */
  readonly format: AudioFormat
  /** The carrier's first message, as it came. */
  readonly raw: string
  /** Present when another instance, or an earlier session, had the call before. */
  readonly resumed?: Resumption
  /** W3C's trace context of the session, when the node traces. */
  readonly traceparent?: string
}

/** What is known of a call that is taken over. */
export interface Resumption {
  readonly reason: 'crash' | 'stream-lost' | 'node-lost'
  /** How often the call was taken over, this time included. */
  readonly count: number
  /** What the bot saved last; absent when it saved nothing. */
  readonly state?: unknown
  readonly heard: readonly HeardUtterance[]
  /** The highest number of an utterance so far: the next one gets the next. */
  readonly utterances: number
}

/** What became of one utterance. All times are milliseconds. */
export interface HeardUtterance {
  /** As the bot numbers it; 0 for a run of audio that was passed on in the carrier's own words. */
  readonly utterance: number
  readonly kind: 'play' | 'write' | 'passed'
  /** When its first audio was sent: Unix time. */
  readonly startedAtMs: number
  /** Audio sent to the carrier; what had to be sent twice counts once. */
  readonly totalMs: number
  /** Audio that the carrier has played out, wrong by at most `uncertaintyMs` to either side. */
  readonly heardMs: number
  readonly uncertaintyMs: number
  /** What cut it; absent while it goes on, and when it was heard to its end. `crash`: its bot died. */
  readonly cutBy?: CutBy | 'crash'
}

/** Everything a bot is told when a session without a call begins. */
export interface SessionStart {
  readonly sessionId: string
  /** Custom data of whoever started the session; absent when there was none. */
  readonly body?: unknown
  /** Present when a client's socket is the session. */
  readonly socket?: {
    /** Query of the client's URL without what was for the node, as it came and without `?`. */
    readonly query: string
  }
  /** After so many seconds the node ends it; absent: it does not. */
  readonly maxSeconds?: number
  /** W3C's trace context of the session, when the node traces. */
  readonly traceparent?: string
}

/** A message on a client's socket. */
export interface SocketMessage {
  /** UTF-8 where it is text. */
  readonly data: Uint8Array
  readonly binary: boolean
}

/** How a client's socket is closed, as in RFC 6455. */
export interface SocketClose {
  readonly code: number
  readonly reason: string
}

/** What a bot can be given. */
export interface BotOffers {
  readonly calls: boolean
  /** Sessions without a call. */
  readonly sessions: boolean
}

/** What became of an utterance. */
export interface UtteranceReport {
  readonly utterance: number
  /** Milliseconds sent to the carrier so far: the host may hand over more. */
  readonly sentMs: number
  /** Milliseconds the caller heard so far: played out by the carrier. */
  readonly heardMs: number
  /** How wrong `heardMs` may be, in milliseconds to either side. */
  readonly uncertaintyMs: number
  /** Present in the last report of an utterance. */
  readonly finished?: {
    /** What cut it; absent when it was heard to its end. */
    readonly cutBy?: CutBy
  }
}

/** What ended an utterance before its end: the bot, the caller's voice or key, the end of the call. */
export type CutBy = StopBy | 'hang-up'
export type StopBy = 'bot' | 'speech' | 'key'

/** Node to bot. */
export type BotEvent =
  | {
      readonly type: 'audio'
      /** Raw samples in `CallStart.format`. */
      readonly audio: Uint8Array
      readonly track: 'inbound' | 'outbound'
      /** Milliseconds on the carrier's scale; use differences only. */
      readonly timestampMs?: number
      readonly chunk?: number
    }
  | { readonly type: 'dtmf'; readonly digit: string }
  /** Everything before the bot's checkpoint `name` has been heard. */
  | { readonly type: 'checkpoint-played'; readonly name: string }
  /** A carrier message that is not audio, as it came; after whatever it said has been told in the words above. */
  | { readonly type: 'message'; readonly raw: string }
  | { readonly type: 'utterance'; readonly report: UtteranceReport }
  /** The answer to a request. */
  | { readonly type: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly type: 'reply'; readonly id: number; readonly failure: ControlFailure }

/** Bot to node. */
export type BotCommand =
  /** Audio of an utterance that is to be sent on at once. */
  | { readonly type: 'write'; readonly utterance: number; readonly audio: Uint8Array }
  /** More audio of an utterance, to be paced by the node. */
  | { readonly type: 'play'; readonly utterance: number; readonly audio: Uint8Array }
  /** The utterance has no more audio. */
  | { readonly type: 'play-end'; readonly utterance: number }
  /** Cut this utterance; nothing more of it is heard. */
  | { readonly type: 'stop'; readonly utterance: number; readonly by: StopBy }
  /** Cut everything that waits to be heard. */
  | { readonly type: 'clear' }
  | { readonly type: 'checkpoint'; readonly name: string }
  /** Something that takes its time: a `ControlRequest`, which the node checks. It replies to each once. */
  | { readonly type: 'request'; readonly id: number; readonly request: unknown }
  /** The bot has no use any more for what it asked for. The reply comes all the same. */
  | { readonly type: 'cancel'; readonly id: number; readonly by: StopBy }
  | { readonly type: 'hang-up' }
  /** A message for the carrier, in the carrier's own words. */
  | { readonly type: 'message'; readonly raw: string }

/** How a bot's part in a call ended. */
export type BotOutcome =
  | { readonly type: 'returned' }
  | { readonly type: 'threw'; readonly message: string; readonly stack?: string }

export type EndReason = 'caller' | 'bot' | 'node'

/**
 * The messages of Plivo's audio stream, as they stand on the wire: JSON text frames, camelCase but for `extra_headers`.
 * Field names are Plivo's. `parse` functions and encoders are in `stream-codec.ts`.
 */

/** What a stream carries, as `start.mediaFormat` states it. Mu-law exists at 8000 only. */
export interface MediaFormat {
  readonly encoding: 'audio/x-mulaw' | 'audio/x-l16'
  /** Samples per second. */
  readonly sampleRate: 8000 | 16000
}

/** First message of a stream. It carries no phone numbers: those come with the answer webhook. */
export interface StartMessage {
  readonly event: 'start'
  /** Counts every message from Plivo on this socket; first value 0 or 1; absent with some clients. */
  readonly sequenceNumber?: number | undefined
  readonly start: {
    /** The CallUUID. */
    readonly callId: string
    readonly streamId: string
    readonly accountId?: string | undefined
    readonly tracks: readonly string[]
    readonly mediaFormat: MediaFormat
  }
  /** As sent; `parseExtraHeaders` reads it. Empty when unset. */
  readonly extra_headers: string
}

/** 20 ms of audio. */
export interface MediaMessage {
  readonly event: 'media'
  readonly sequenceNumber?: number | undefined
  readonly streamId?: string | undefined
  readonly media: {
    /** `inbound` is what the far end says; `outbound` what Plivo plays to it. */
    readonly track: 'inbound' | 'outbound'
    /** Milliseconds, epoch or since stream start: use differences only. */
    readonly timestamp?: number | undefined
    /** Counts the frames of this track, from 1. */
    readonly chunk?: number | undefined
    /** Base64 of raw audio in `start.mediaFormat`. */
    readonly payload: string
  }
}

export interface DtmfMessage {
  readonly event: 'dtmf'
  readonly sequenceNumber?: number | undefined
  readonly streamId?: string | undefined
  readonly dtmf: {
    readonly track: 'inbound' | 'outbound'
    /** One of `0-9 * # A-D`. */
    readonly digit: string
    readonly timestamp?: number | undefined
  }
}

/** All that was queued before the checkpoint `name` has been played. Some pages call the event `played`. */
export interface PlayedStreamMessage {
  readonly event: 'playedStream'
  readonly sequenceNumber?: number | undefined
  readonly streamId?: string | undefined
  readonly name: string
}

/** The playback queue was emptied on request. */
export interface ClearedAudioMessage {
  readonly event: 'clearedAudio'
  readonly sequenceNumber?: number | undefined
  readonly streamId?: string | undefined
}

/** Undocumented in the protocol reference and seen in the field: the stream is over. The socket's close says so too. */
export interface StopMessage {
  readonly event: 'stop'
  readonly streamId?: string | undefined
  readonly reason?: string | undefined
}

/** Undocumented, seen in Plivo's own client code: a `playAudio` was dropped, or the stream has failed. */
export interface StreamErrorMessage {
  readonly event: 'playFailed' | 'error'
  /** Empty when none was given. */
  readonly reason: string
}

/** Any event this version does not know. It is no error. */
export interface UnknownMessage {
  readonly event: 'unknown'
  /** The event's name on the wire. */
  readonly name: string
}

/** Plivo to server. */
export type CarrierMessage =
  | StartMessage
  | MediaMessage
  | DtmfMessage
  | PlayedStreamMessage
  | ClearedAudioMessage
  | StopMessage
  | StreamErrorMessage
  | UnknownMessage

interface Headers {
  /** Not every Plivo sends them where the Stream has none (C-12). */
  readonly extra_headers?: string | undefined
}

/**
 * What Plivo emits and a simulator must: `media` and `dtmf` repeat the headers of `start`, which no reader needs, and a
 * checkpoint has two answers (C-14).
 */
export type EmittedMessage =
  | Exclude<CarrierMessage, StartMessage | MediaMessage | DtmfMessage | PlayedStreamMessage | UnknownMessage>
  | (Omit<StartMessage, 'extra_headers'> & Headers)
  | (MediaMessage & Headers)
  | (DtmfMessage & Headers)
  | (Omit<PlayedStreamMessage, 'event'> & { readonly event: 'playedStream' | 'played' })

/** Audio for the far end; queued and played in real time. `payload`: base64 of raw audio, at most 16 KB of base64. */
export interface PlayAudioMessage {
  readonly event: 'playAudio'
  readonly media: {
    /** As written by the sender; some write `audio/x-mulaw;rate=8000`. */
    readonly contentType: string
    readonly sampleRate: number
    readonly payload: string
  }
  readonly streamId?: string | undefined
}

/** Asks for a `playedStream` once everything queued so far has been heard. */
export interface CheckpointMessage {
  readonly event: 'checkpoint'
  readonly streamId?: string | undefined
  readonly name: string
}

/** Empties the playback queue; waiting checkpoints are not acknowledged. */
export interface ClearAudioMessage {
  readonly event: 'clearAudio'
  readonly streamId?: string | undefined
}

/** Plays tones into the call; characters `0-9 * # A-D`. */
export interface SendDtmfMessage {
  readonly event: 'sendDTMF'
  readonly dtmf: string
}

/** Server to Plivo. */
export type BotMessage = BotCommand | UnknownMessage

/** The messages that a server may send. */
export type BotCommand = PlayAudioMessage | CheckpointMessage | ClearAudioMessage | SendDtmfMessage

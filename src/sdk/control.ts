/**
 * What a bot can ask of its node for its own call, and what it gets. Requests and results travel as JSON, one reply to each
 * request; PROTOCOL.md lists them too. Durations are milliseconds.
 */

export type ControlRequest =
  /** The carrier's own voice speaks. */
  | {
      readonly verb: 'say'
      readonly text: string
      /** `WOMAN`, `MAN` or `Polly.<Name>`. */
      readonly voice?: string
      /** Such as `en-US`. */
      readonly language?: string
      /** `text` has SSML in it; only the `Polly` voices understand that. */
      readonly ssml?: boolean
    }
  /** The carrier fetches and plays an mp3 or WAV file. */
  | { readonly verb: 'play-url'; readonly url: string }
  /** Starts a recording of the call by the carrier. */
  | {
      readonly verb: 'record'
      readonly format: 'mp3' | 'wav'
      readonly channels: 'mono' | 'stereo'
      readonly maxMs: number
      /** The node keeps a copy, also when the recording ends with the call. */
      readonly save?: boolean
    }
  /** Ends a recording. `save`: the node fetches the file and keeps a copy. */
  | { readonly verb: 'stop-recording'; readonly url: string; readonly recordingId: string; readonly save: boolean }
  /** Key tones to the far end: `0-9 * # A-D`, `w` waits half a second, `W` a whole one. */
  | { readonly verb: 'send-digits'; readonly digits: string }
  /** What an instance that takes the call over is to be told, as JSON. */
  | { readonly verb: 'save'; readonly json: string }
  | ({ readonly verb: 'transfer' } & TransferRequest)
  /** The stream ends, the carrier records what the caller says, and the stream begins again. */
  | {
      readonly verb: 'take-message'
      /** Spoken first by the carrier's voice. */
      readonly prompt?: string
      readonly maxMs: number
      /** Silence that ends the message. */
      readonly silenceMs: number
      /** A key that ends it. */
      readonly until?: string
      readonly beep: boolean
    }

export interface TransferRequest {
  /** A number with country code, or a `sip:` URI. Several ring at once. */
  readonly to: readonly string[]
  /** Spoken to whoever answers, before the caller is there. They accept with `acceptKey`. */
  readonly announce?: string
  readonly acceptKey?: string
  /** How long it may ring. */
  readonly ringMs: number
  /** How long the two may talk. */
  readonly maxMs: number
  /** What the far end sees. Default: the caller's. */
  readonly callerId?: string
  /** What becomes of the caller when nobody takes the call. */
  readonly onFail: 'bot' | 'hang-up' | { readonly say: string }
  /** What becomes of the caller after the talk. */
  readonly afterwards: 'hang-up' | 'bot'
}

/** Something that the carrier said or played by itself. */
export interface PlayedByCarrier {
  readonly heardMs: number
  /** How wrong `heardMs` may be, to either side. The carrier does not tell. */
  readonly uncertaintyMs: number
  readonly totalMs: number
  readonly cutBy?: 'bot' | 'speech' | 'key' | 'hang-up'
}

export interface RecordingStarted {
  readonly url: string
  readonly recordingId: string
}

export interface RecordingStopped {
  readonly url: string
  readonly recordingId: string
  /** Of the node's own copy. */
  readonly path?: string
}

export type TransferResult =
  /** `talkedMs` is there when the caller has come back. */
  | { readonly outcome: 'answered'; readonly talkedMs?: number }
  | {
      readonly outcome: 'busy' | 'no-answer' | 'declined' | 'failed' | 'caller-hung-up'
      /** The carrier's own word for it. */
      readonly cause?: string
    }

export interface MessageTaken {
  /** `empty`: the caller said nothing. */
  readonly outcome: 'recorded' | 'empty' | 'caller-hung-up'
  readonly url?: string
  readonly recordingId?: string
  readonly durationMs?: number
  /** The key that ended it. */
  readonly key?: string
}

export interface ControlResults {
  readonly say: PlayedByCarrier
  readonly 'play-url': PlayedByCarrier
  readonly record: RecordingStarted
  readonly 'stop-recording': RecordingStopped
  readonly 'send-digits': Record<string, never>
  readonly save: Record<string, never>
  readonly transfer: TransferResult
  readonly 'take-message': MessageTaken
}

export type ControlVerb = keyof ControlResults

export const controlFailureCodes = [
  /** It needs the carrier's REST API, and the node has no credentials. */
  'no-credentials',
  /** An argument is wrong; nothing was asked of the carrier. */
  'invalid',
  /** The carrier said no. */
  'refused',
  /** The carrier could not be reached, or had an error of its own: it was not done. */
  'unavailable',
  /** The carrier did not say whether it was done. */
  'unknown-outcome',
  /** Something else has the caller: one transfer, message or such at a time. */
  'busy',
  /** It is another call's. */
  'not-allowed',
  'call-over',
] as const

export interface ControlFailure {
  readonly code: (typeof controlFailureCodes)[number]
  readonly message: string
  /** What a person can do about it. */
  readonly fix?: string
}

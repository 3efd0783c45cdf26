import type { CallFacts } from './webhook-parameters.ts'
import type { StreamFacts } from './stream-facts.ts'
import type { HttpMethod } from './webhook-sender.ts'

/** `aleg` is the call itself; `bleg` the leg that `<Dial>` has bridged to it. */
export type Leg = 'aleg' | 'bleg'
export type Legs = Leg | 'both'

export interface DocumentAddress {
  readonly url: string
  readonly method: HttpMethod
}

export interface TransferRequest {
  readonly legs: Legs
  readonly aleg?: DocumentAddress
  readonly bleg?: DocumentAddress
}

interface LivePlayback {
  readonly legs: Legs
  /** Until it is stopped. */
  readonly loop: boolean
  /** False: nothing else is heard meanwhile. */
  readonly mix: boolean
}

export interface LivePlay extends LivePlayback {
  readonly urls: readonly string[]
  /** Longest time of all of it. */
  readonly lengthSeconds?: number
}

export interface LiveSpeak extends LivePlayback {
  readonly text: string
  /** Default `WOMAN`. */
  readonly voice?: string
  /** Default `en-US`. */
  readonly language?: string
}

export interface LiveRecord {
  readonly timeLimitSeconds: number
  readonly fileFormat: 'mp3' | 'wav'
  readonly channelType: 'mono' | 'stereo'
  readonly callbackUrl?: string
  /** Default `POST`. */
  readonly callbackMethod?: HttpMethod
}

export interface LiveStream {
  readonly serviceUrl: string
  readonly bidirectional: boolean
  readonly audioTrack: 'inbound' | 'outbound' | 'both'
  readonly streamTimeoutSeconds: number
  /** With the rate, as in XML. */
  readonly contentType: string
  readonly statusCallbackUrl?: string
  /** Default `POST`. */
  readonly statusCallbackMethod?: HttpMethod
  readonly extraHeaders?: string
}

/** What the REST API can do to a call that is up (Plivo reference 7). On a call that has ended nothing happens. */
export interface LiveCall {
  readonly facts: CallFacts
  readonly status: 'ringing' | 'in-progress'
  /**
   * Sends legs to new XML. While a `<Stream keepCallAlive>` runs, the assumption `transferDuringStream` decides whether it
   * waits for the end of the stream (C-19). A leg without an address in the request is left alone.
   */
  transfer(request: TransferRequest): void
  /** Hangs up as `DELETE Call/{call_uuid}/` does, with the source `API Request`. */
  hangUp(): void
  play(options: LivePlay): void
  stopPlaying(): void
  speak(options: LiveSpeak): void
  stopSpeaking(): void
  /**
   * The leg hears the tones of `0-9 * # A-D`; `w` is half a second of silence and `W` a whole one.
   * @throws RangeError when there is anything else in it.
   */
  sendDigits(digits: string, leg: Leg): void
  startRecording(options: LiveRecord): { readonly recordingId: string; readonly url: string }
  /** Ends one by its URL, or all that `startRecording` has started. */
  stopRecording(url?: string): void
  /**
   * While another stream is open the assumption `secondStream` decides: this one is over at once, or takes its place.
   * @throws RangeError when an option breaks a rule of `<Stream>` (Plivo reference 3).
   */
  startStream(options: LiveStream): { readonly streamId: string }
  /** All streams of the call, those that are over too. */
  streams(): readonly StreamFacts[]
  /** Ends one, or all. False: there was none to end. */
  stopStream(streamId?: string): boolean
}

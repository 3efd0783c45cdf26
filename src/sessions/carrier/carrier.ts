import type { RecordingStarted } from '../../sdk/control.ts'

/** The carrier's REST API, as far as calls need it. Everything rejects with a `ControlError`, and may take seconds. */
export interface Carrier {
  /** Resolves when the carrier begins to speak, beside whatever the stream plays. */
  speak(callId: string, words: SpokenWords): Promise<void>
  stopSpeaking(callId: string): Promise<void>
  startRecording(callId: string, options: RecordingWanted): Promise<RecordingStarted>
  stopRecording(callId: string, url: string): Promise<void>
  /** A call that is over already is no error. */
  hangUp(callId: string): Promise<void>
  /** Waits for a file that is not ready yet. */
  fetchRecording(url: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>>
}

export interface SpokenWords {
  readonly text: string
  readonly voice?: string
  readonly language?: string
}

export interface RecordingWanted {
  readonly format: 'mp3' | 'wav'
  readonly channels: 'mono' | 'stereo'
  readonly maxMs: number
}

import type { RecordingStarted } from '../sdk/control.ts'
import type { Carrier, RecordingWanted, SpokenWords } from '../sessions/carrier/carrier.ts'
import { ControlError } from '../sessions/control-error.ts'
import type { CallEngine } from '../simulator/engine.ts'
import type { LiveCall } from '../simulator/live-call.ts'

/** Plivo's REST API for the call of a test: what `PlivoCarrier` asks for over HTTP, asked of the simulated exchange. */
export class MemoryCarrier implements Carrier {
  readonly #engine: () => CallEngine

  constructor(engine: () => CallEngine) {
    this.#engine = engine
  }

  async speak(callId: string, { text, voice, language }: SpokenWords): Promise<void> {
    this.#live(callId).speak({
      text,
      ...(voice !== undefined && { voice: /^(?:WOMAN|MAN|Polly\..*)$/.test(voice) ? voice : `Polly.${voice}` }),
      ...(language !== undefined && { language }),
      legs: 'aleg',
      loop: false,
      mix: true,
    })
  }

  async stopSpeaking(callId: string): Promise<void> {
    this.#live(callId).stopSpeaking()
  }

  async startRecording(callId: string, { format, channels, maxMs }: RecordingWanted): Promise<RecordingStarted> {
    return this.#live(callId).startRecording({
      fileFormat: format,
      channelType: channels,
      timeLimitSeconds: Math.ceil(maxMs / 1000),
    })
  }

  async stopRecording(callId: string, url: string): Promise<void> {
    this.#live(callId).stopRecording(url)
  }

  async hangUp(callId: string): Promise<void> {
    this.#engine().live(callId)?.hangUp()
  }

  async fetchRecording(url: string): Promise<AsyncIterable<Uint8Array>> {
    throw new ControlError('unavailable', `there is no file at ${url}: in a test nothing is written`)
  }

  #live(callId: string): LiveCall {
    const call = this.#engine().live(callId)
    if (call) return call
    throw new ControlError('call-over', 'the call is over')
  }
}

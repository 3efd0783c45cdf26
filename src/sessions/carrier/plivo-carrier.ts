import { type Clock, sleep } from '../../lib/clock.ts'
import { PlivoApiError, PlivoRest, type PlivoRestOptions } from '../../plivo/index.ts'
import type { ControlFailure, RecordingStarted } from '../../sdk/control.ts'
import type { Carrier, RecordingWanted, SpokenWords } from './carrier.ts'
import { ControlError } from '../control-error.ts'

/** A caller waits: rather a quick no than a late yes. */
const timeoutMs = 4000
/** Plivo finishes a recording some seconds after its end. */
const fileWaitMs = 90_000
const fileRetryMs = 2000

const codes: Readonly<Record<PlivoApiError['kind'], ControlFailure['code']>> = {
  refused: 'refused',
  unavailable: 'unavailable',
  'rate-limited': 'unavailable',
  'unknown-outcome': 'unknown-outcome',
  unreadable: 'unknown-outcome',
  'bad-credentials': 'no-credentials',
  'not-found': 'call-over',
}

/** Plivo's REST API, in the words of a call. */
export class PlivoCarrier implements Carrier {
  readonly #rest: PlivoRest
  readonly #clock: Clock

  /** @throws RangeError when an option cannot be right. */
  constructor(options: PlivoRestOptions & { readonly clock: Clock }) {
    this.#rest = new PlivoRest({ timeoutMs, ...options })
    this.#clock = options.clock
  }

  speak(callId: string, { text, voice, language }: SpokenWords): Promise<void> {
    return asked(() => this.#rest.startSpeak(callId, { text, voice: toVoice(voice), language }))
  }

  async stopSpeaking(callId: string): Promise<void> {
    await asked(() => this.#rest.stopSpeak(callId))
  }

  async startRecording(callId: string, { format, channels, maxMs }: RecordingWanted): Promise<RecordingStarted> {
    const { url, recordingId } = await asked(() =>
      this.#rest.startRecording(callId, {
        fileFormat: format,
        channelType: channels,
        timeLimitSeconds: Math.ceil(maxMs / 1000),
      }),
    )
    if (url !== undefined && recordingId !== undefined) return { url, recordingId }
    throw new ControlError('unknown-outcome', 'Plivo says that it will record, and not where')
  }

  async stopRecording(callId: string, url: string): Promise<void> {
    await asked(() => this.#rest.stopRecording(callId, { url }))
  }

  async hangUp(callId: string): Promise<void> {
    await asked(() => this.#rest.hangUpCall(callId))
  }

  async fetchRecording(url: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const giveUpAt = this.#clock.monotonic() + fileWaitMs
    for (;;) {
      try {
        return await this.#rest.fetchRecording(url)
      } catch (error) {
        const notReady = error instanceof PlivoApiError && error.kind === 'not-found'
        if (!notReady) throw controlError(error)
        if (signal?.aborted || this.#clock.monotonic() >= giveUpAt)
          throw new ControlError('unavailable', 'the recording was not ready in time', `fetch it yourself from ${url}`)
        await sleep(this.#clock, fileRetryMs, signal)
      }
    }
  }
}

/** Checked before: `parseControlRequest` lets no other voice pass. */
function toVoice(voice: string | undefined): 'WOMAN' | 'MAN' | `Polly.${string}` | undefined {
  if (voice === undefined || voice === 'WOMAN' || voice === 'MAN') return voice
  return `Polly.${voice.replace(/^Polly\./, '')}`
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw controlError(error)
  }
}

function controlError(error: unknown): unknown {
  if (error instanceof PlivoApiError) return new ControlError(codes[error.kind], error.message, error.fix)
  if (error instanceof RangeError) return new ControlError('invalid', error.message)
  return error
}

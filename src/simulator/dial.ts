import { randomUUID } from 'node:crypto'
import { addAbortListener } from 'node:events'
import { systemClock, type Clock } from '../lib/clock.ts'
import { resolveAssumptions, type Assumptions } from './assumptions.ts'
import type { Pcm } from './audio-track.ts'
import { Call } from './call.ts'
import type { CallResult } from './call-result.ts'
import { checkDigits, checkScript, type CallerAction } from './caller-script.ts'
import { LiveVoice } from './live-voice.ts'
import type { TimelineEvent } from './timeline.ts'
import { isWebUrl } from './url-settings.ts'
import type { HttpMethod } from './webhook-sender.ts'

/** URLs are http or https; settings in their fragments are obeyed (Plivo reference 2.5). */
export interface DialOptions {
  readonly answerUrl: string
  /** Default `POST`. */
  readonly answerMethod?: HttpMethod
  /** Default: the answer URL with its method, as with an application that has none. */
  readonly hangupUrl?: string
  /** Default `POST`. */
  readonly hangupMethod?: HttpMethod
  /** Asked when the answer URL fails or gives no valid XML. */
  readonly fallbackUrl?: string
  /** Default `POST`. */
  readonly fallbackMethod?: HttpMethod
  /** As Plivo writes numbers: digits with country code and no `+`. Default 14155550100. */
  readonly from?: string
  /** Default 14155550199. */
  readonly to?: string
  /** Requests are signed with each of them. Default none: then nothing is signed. */
  readonly authTokens?: readonly string[]
  /** For `X-Plivo-Signature-Ma-V3`, when `authTokens` are those of a subaccount. */
  readonly mainAuthToken?: string
  /** Default MAEXAMPLE00000000000. */
  readonly authId?: string
  /** A lower-case UUID. Default: a random one. */
  readonly callUuid?: string
  /** What the caller does, from the answer on. Default nothing: the caller is silent until hung up on. */
  readonly caller?: readonly CallerAction[]
  /** The caller hangs up this long after dialling. Default one hour. */
  readonly maxDurationMs?: number
  /** How much audio the result keeps, from the answer on. Default 30 minutes. */
  readonly maxRecordedMs?: number
  /** Where `<Record>` writes WAV files. Without it none are written. */
  readonly recordingsFolder?: string
  readonly clock?: Clock
  /** The caller hangs up when it fires. */
  readonly signal?: AbortSignal
  readonly assumptions?: Partial<Assumptions>
  /** Gets every event of the timeline as it happens. */
  readonly onEvent?: (event: TimelineEvent) => void
}

/** Disposing of it hangs up and waits for the end. */
export interface SimulatedCall extends AsyncDisposable {
  readonly callUuid: string
  /** Grows while the call lasts. */
  readonly timeline: readonly TimelineEvent[]
  /** Resolves after the hangup webhook, when no socket and no timer of the call is left. A failed call is no rejection. */
  readonly ended: Promise<CallResult>
  /**
   * The caller presses a key.
   * @throws RangeError when it is none of `0-9 * # A-D`.
   */
  press(digit: string): void
  /** The caller speaks, after what is still being said. */
  speak(audio: Pcm): void
  /**
   * The caller's voice live: raw bytes in the format of the open stream, which go out 20 ms at a time.
   * Returns false when no stream is open.
   */
  sendAudio(bytes: Uint8Array): boolean
  /** The caller hangs up. */
  hangUp(): void
}

const hourMs = 3_600_000

/**
 * Calls a Plivo number: asks its answer URL for XML and does what it says, as Plivo would (Plivo reference 1.1).
 * @throws TypeError when a URL is not http or https.
 * @throws RangeError when the caller is to press a key that does not exist.
 */
export function dial(options: DialOptions): SimulatedCall {
  check(options)
  const call = start(options)
  const voice = new LiveVoice(call.line)
  const listener = options.signal && addAbortListener(options.signal, () => call.hangUp())
  const ended = call.ended.finally(() => listener?.[Symbol.dispose]())
  return {
    callUuid: call.facts.callUuid,
    timeline: call.timeline.events,
    ended,
    press(digit) {
      checkDigits(digit)
      call.line.press(digit)
    },
    speak: (audio) => void call.line.speak(audio),
    sendAudio: (bytes) => voice.send(bytes),
    hangUp: () => call.hangUp(),
    async [Symbol.asyncDispose]() {
      call.hangUp()
      await ended
    },
  }
}

function start(options: DialOptions): Call {
  const { answerUrl, answerMethod = 'POST', hangupUrl, hangupMethod = 'POST' } = options
  const { fallbackUrl, fallbackMethod = 'POST' } = options
  return new Call({
    identity: {
      callUuid: options.callUuid ?? randomUUID(),
      from: options.from ?? '14155550100',
      to: options.to ?? '14155550199',
      authId: options.authId ?? 'MAEXAMPLE00000000000',
    },
    answer: { url: answerUrl, method: answerMethod },
    hangup:
      hangupUrl === undefined ? { url: answerUrl, method: answerMethod } : { url: hangupUrl, method: hangupMethod },
    fallback: fallbackUrl === undefined ? undefined : { url: fallbackUrl, method: fallbackMethod },
    signer: { authTokens: options.authTokens ?? [], mainAuthToken: options.mainAuthToken },
    script: options.caller ?? [],
    maxDurationMs: options.maxDurationMs ?? hourMs,
    maxRecordedMs: options.maxRecordedMs ?? hourMs / 2,
    recordingsFolder: options.recordingsFolder,
    clock: options.clock ?? systemClock,
    assumptions: resolveAssumptions(options.assumptions),
    onEvent: options.onEvent,
  })
}

function check({ answerUrl, hangupUrl, fallbackUrl, caller = [] }: DialOptions): void {
  for (const [name, url] of Object.entries({ answerUrl, hangupUrl, fallbackUrl })) {
    if (url !== undefined && !isWebUrl(url)) throw new TypeError(`${name} must be an http or https URL, got "${url}"`)
  }
  checkScript(caller)
}

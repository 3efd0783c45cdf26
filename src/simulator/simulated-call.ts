import { addAbortListener } from 'node:events'
import type { Pcm } from './audio-track.ts'
import type { Call } from './call.ts'
import type { CallResult } from './call-result.ts'
import { checkDigits } from './caller-script.ts'
import { LiveVoice } from './live-voice.ts'
import type { Line } from './line.ts'
import type { TimelineEvent } from './timeline.ts'

/** Disposing of it hangs up and waits for the end. */
export interface SimulatedCall extends AsyncDisposable {
  readonly callUuid: string
  /** Grows while the call lasts. */
  readonly timeline: readonly TimelineEvent[]
  /** Milliseconds since the dialling, as in the timeline. */
  readonly nowMs: number
  /** Legs that `<Dial>` has dialled so far, in order, each as the one at its telephone holds it. */
  readonly legs: readonly SimulatedCall[]
  /** @internal */
  readonly line: Line
  /** @internal Adds a warning to the timeline. */
  warn(text: string): void
  /** Resolves after the hangup webhook, when no socket and no timer of the call is left. A failed call is no rejection. */
  readonly ended: Promise<CallResult>
  /**
   * The one at the telephone presses a key.
   * @throws RangeError when it is none of `0-9 * # A-D`.
   */
  press(digit: string): void
  /** The one at the telephone speaks, after what is still being said. */
  speak(audio: Pcm): void
  /**
   * That voice live: raw bytes in the format of the open stream, which go out 20 ms at a time.
   * Returns false when no stream is open.
   */
  sendAudio(bytes: Uint8Array): boolean
  /** The one at the telephone hangs up. */
  hangUp(): void
}

/** A call as the one at the telephone holds it; `legs` is filled as they are dialled. */
export function simulatedCall(
  call: Call,
  { legs, signal }: { readonly legs: readonly SimulatedCall[]; readonly signal: AbortSignal | undefined },
): SimulatedCall {
  const voice = new LiveVoice(call.line)
  const listener = signal && addAbortListener(signal, () => call.hangUp())
  const ended = call.ended.finally(() => listener?.[Symbol.dispose]())
  return {
    callUuid: call.facts.callUuid,
    timeline: call.timeline.events,
    get nowMs() {
      return call.timeline.nowMs
    },
    legs,
    line: call.line,
    warn: (text) => call.timeline.warn(text),
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

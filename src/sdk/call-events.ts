import type { AudioChunk } from './audio-chunk.ts'
import type { EndReason } from './protocol.ts'

/** What happens in a call, in order. */
export type CallEvent =
  | {
      readonly type: 'audio'
      readonly audio: AudioChunk
      /** `inbound` is the caller. A bidirectional stream has no other. */
      readonly track: 'inbound' | 'outbound'
      /** Milliseconds; use differences only. */
      readonly timestampMs: number | undefined
      /** Counts the frames of the track, from 1. */
      readonly chunk: number | undefined
    }
  /** The caller pressed a key: one of `0-9 * # A-D`. */
  | { readonly type: 'dtmf'; readonly digit: string }
  /** The caller began to speak, about 100 ms ago. */
  | { readonly type: 'speech.started' }
  /** The caller has been quiet for half a second. */
  | { readonly type: 'speech.ended' }
  /** A message of the carrier's that is not audio, as it came and parsed; key presses come as `dtmf` as well. */
  | { readonly type: 'message'; readonly raw: string; readonly message: unknown }
  /** The last event. */
  | { readonly type: 'ended'; readonly reason: EndReason }

/** Audio kept for a bot that does not read: 10 s. Older audio goes first; nothing else is ever dropped. */
const maxWaitingAudio = 500

/** The events nobody has read yet. One reader at a time. */
export class EventQueue {
  #waiting: CallEvent[] = []
  #waitingAudio = 0
  #reader: ((result: IteratorResult<CallEvent, undefined>) => void) | undefined
  #ended = false
  /** Audio events that were dropped because nobody read them. */
  dropped = 0

  push(event: CallEvent): void {
    if (this.#ended) return
    if (event.type === 'ended') this.#ended = true
    if (this.#reader) {
      const reader = this.#reader
      this.#reader = undefined
      reader({ value: event, done: false })
      return
    }
    this.#waiting.push(event)
    if (event.type !== 'audio') return
    this.#waitingAudio++
    if (this.#waitingAudio > maxWaitingAudio) this.#dropOldestAudio()
  }

  next(): Promise<IteratorResult<CallEvent, undefined>> {
    const event = this.#waiting.shift()
    if (event) {
      if (event.type === 'audio') this.#waitingAudio--
      return Promise.resolve({ value: event, done: false })
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true })
    if (this.#reader) return Promise.reject(new Error('two loops read the events of one call; use one'))
    return new Promise((resolve) => {
      this.#reader = resolve
    })
  }

  /** Takes the oldest key press that waits unread. */
  takeDigit(): string | undefined {
    const at = this.#waiting.findIndex((event) => event.type === 'dtmf')
    const [event] = at < 0 ? [] : this.#waiting.splice(at, 1)
    return event?.type === 'dtmf' ? event.digit : undefined
  }

  #dropOldestAudio(): void {
    const oldest = this.#waiting.findIndex((event) => event.type === 'audio')
    this.#waiting.splice(oldest, 1)
    this.#waitingAudio--
    this.dropped++
  }
}

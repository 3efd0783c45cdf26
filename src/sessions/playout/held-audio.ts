import { type AudioFormat, bytesOf, durationMs } from '../../audio/format.ts'
import type { HeardAccount } from './heard-account.ts'

/** Audio that may be held. */
const maxHeldMs = 300_000
/** It goes on in pieces of this length. */
const pieceMs = 1000

type Held =
  | { readonly type: 'audio'; readonly account: HeardAccount | undefined; readonly audio: Uint8Array }
  /** Behind the last audio of an utterance. */
  | { readonly type: 'end'; readonly utterance: number }

/** Written audio that waits: for room in the carrier's queue, or for a stream. */
export class HeldAudio {
  readonly #format: AudioFormat
  #held: Held[] = []
  #ms = 0

  constructor(format: AudioFormat) {
    this.#format = format
  }

  get empty(): boolean {
    return this.#held.length === 0
  }

  /** False: it would be too much, and all of it was dropped. */
  add(account: HeardAccount | undefined, audio: Uint8Array): boolean {
    const ms = durationMs(this.#format, audio.length)
    if (this.#ms + ms > maxHeldMs) return false
    const pieceBytes = bytesOf(this.#format, pieceMs)
    for (let at = 0; at < audio.length; at += pieceBytes) {
      this.#held.push({ type: 'audio', account, audio: audio.subarray(at, at + pieceBytes) })
    }
    this.#ms += ms
    return true
  }

  /** No more comes of an utterance. */
  end(utterance: number): void {
    this.#held.push({ type: 'end', utterance })
  }

  get next(): Held['type'] | undefined {
    return this.#held[0]?.type
  }

  take(): Held | undefined {
    const next = this.#held.shift()
    if (next?.type === 'audio') this.#ms -= durationMs(this.#format, next.audio.length)
    return next
  }

  drop(utterance: number): void {
    const held = this.#held
    this.clear()
    for (const item of held) {
      if ((item.type === 'audio' ? item.account?.utterance : item.utterance) === utterance) continue
      this.#held.push(item)
      if (item.type === 'audio') this.#ms += durationMs(this.#format, item.audio.length)
    }
  }

  clear(): void {
    this.#held = []
    this.#ms = 0
  }
}

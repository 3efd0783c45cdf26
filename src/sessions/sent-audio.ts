import { type AudioFormat, bytesPerSample, durationMs } from '../audio/format.ts'
import type { Clock } from '../lib/clock.ts'

/** Something in the carrier's queue. `utterance` 0 is part of none. */
export type Sent = { readonly utterance: number } & (
  | { readonly kind: 'audio'; readonly audio: Uint8Array }
  | { readonly kind: 'checkpoint'; readonly name: string }
)

type Segment = Sent & {
  readonly ms: number
  /** When the carrier will have played it, by our clock. */
  readonly endsAt: number
}

/**
 * What the carrier has and the caller has not heard yet, by the clock: the carrier plays in real time from the moment
 * it gets something to play.
 */
export class SentAudio {
  readonly #format: AudioFormat
  readonly #clock: Clock
  #segments: Segment[] = []
  #endsAt = 0

  constructor(format: AudioFormat, clock: Clock) {
    this.#format = format
    this.#clock = clock
  }

  /** Milliseconds that the carrier has left to play. */
  get aheadMs(): number {
    return Math.max(0, this.#endsAt - this.#clock.monotonic())
  }

  add(sent: Sent): void {
    const now = this.#clock.monotonic()
    const ms = sent.kind === 'audio' ? durationMs(this.#format, sent.audio.length) : 0
    this.#endsAt = Math.max(now, this.#endsAt) + ms
    this.#forgetHeard(now)
    this.#segments.push({ ...sent, ms, endsAt: this.#endsAt })
  }

  /**
   * Takes everything back, as the carrier does when it is told to clear. Returns, in order, what was not heard: a piece
   * that was being played only from where it was.
   */
  clear(): Sent[] {
    const now = this.#clock.monotonic()
    this.#forgetHeard(now)
    const unheard = this.#segments.map((segment) => this.#unheardPart(segment, now))
    this.#segments = []
    this.#endsAt = 0
    return unheard
  }

  /** Milliseconds of an utterance that were not heard. */
  unheardMs(utterance: number): number {
    const now = this.#clock.monotonic()
    return this.#segments
      .filter((segment) => segment.utterance === utterance && segment.endsAt > now)
      .reduce((sum, { ms, endsAt }) => sum + Math.min(ms, endsAt - now), 0)
  }

  #unheardPart(segment: Segment, now: number): Sent {
    if (segment.kind === 'checkpoint') return segment
    const heardMs = Math.max(0, segment.ms - (segment.endsAt - now))
    const samples = Math.round((heardMs * this.#format.sampleRateHz) / 1000)
    return { ...segment, audio: segment.audio.subarray(samples * bytesPerSample(this.#format)) }
  }

  #forgetHeard(now: number): void {
    let heard = 0
    while ((this.#segments[heard]?.endsAt ?? Number.POSITIVE_INFINITY) <= now) heard++
    if (heard > 0) this.#segments.splice(0, heard)
  }
}

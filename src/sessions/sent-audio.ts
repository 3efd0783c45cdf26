import type { Clock } from '../lib/clock.ts'

interface Segment {
  /** 0: written, part of no utterance. */
  readonly utterance: number
  readonly audio: Uint8Array
  readonly ms: number
  /** When the carrier will have played it, by our clock. */
  readonly endsAt: number
}

/**
 * The audio that the carrier has and the caller has not heard yet, by the clock: the carrier plays in real time from
 * the moment it gets something to play.
 */
export class SentAudio {
  readonly #clock: Clock
  #segments: Segment[] = []
  #endsAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds that the carrier has left to play. */
  get aheadMs(): number {
    return Math.max(0, this.#endsAt - this.#clock.monotonic())
  }

  add(utterance: number, audio: Uint8Array, ms: number): void {
    const now = this.#clock.monotonic()
    this.#endsAt = Math.max(now, this.#endsAt) + ms
    this.#forgetHeard(now)
    this.#segments.push({ utterance, audio, ms, endsAt: this.#endsAt })
  }

  /**
   * Takes back what was not heard, of one utterance for good. Returns how much of it that was, and what else was taken
   * back with it, in order, to be sent again.
   */
  cut(utterance: number): { unheardMs: number; survivors: { utterance: number; audio: Uint8Array }[] } {
    const unheardMs = this.#unheard().get(utterance) ?? 0
    if (unheardMs === 0) return { unheardMs, survivors: [] }
    const now = this.#clock.monotonic()
    const survivors = this.#segments.filter((segment) => segment.utterance !== utterance && segment.endsAt > now)
    this.clear()
    return { unheardMs, survivors }
  }

  /** Takes back everything. Returns what was not heard, in milliseconds per utterance. */
  clear(): ReadonlyMap<number, number> {
    const unheard = this.#unheard()
    this.#segments = []
    this.#endsAt = 0
    return unheard
  }

  #unheard(): Map<number, number> {
    const now = this.#clock.monotonic()
    this.#forgetHeard(now)
    const unheard = new Map<number, number>()
    for (const { utterance, ms, endsAt } of this.#segments) {
      unheard.set(utterance, (unheard.get(utterance) ?? 0) + Math.min(ms, endsAt - now))
    }
    return unheard
  }

  #forgetHeard(now: number): void {
    let heard = 0
    while ((this.#segments[heard]?.endsAt ?? Number.POSITIVE_INFINITY) <= now) heard++
    if (heard > 0) this.#segments.splice(0, heard)
  }
}

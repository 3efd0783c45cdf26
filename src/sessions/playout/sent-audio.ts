import { type AudioFormat, bytesPerSample, durationMs } from '../../audio/format.ts'

/** Something that was sent to the carrier. `utterance` 0 is part of none. */
export type Sent = { readonly utterance: number } & (
  | { readonly kind: 'audio'; readonly audio: Uint8Array }
  | { readonly kind: 'checkpoint'; readonly name: string }
  /** Behind the last audio of an utterance. */
  | { readonly kind: 'end' }
)

interface Place {
  readonly sent: Sent
  /** Position in the audio of the stream since it was last cleared, in milliseconds. */
  readonly fromMs: number
  readonly toMs: number
}

const forgottenAtOnce = 16

/** What the carrier has and the caller may not have heard yet, to be sent again where it was taken back for another's sake. */
export class SentAudio {
  readonly #format: AudioFormat
  /** Those before `#first` are forgotten, and are dropped many at a time. */
  #places: Place[] = []
  #first = 0

  constructor(format: AudioFormat) {
    this.#format = format
  }

  /** `fromMs` never goes back between two calls of `clear`. */
  add(sent: Sent, fromMs: number): void {
    const ms = sent.kind === 'audio' ? durationMs(this.#format, sent.audio.length) : 0
    this.#places.push({ sent, fromMs, toMs: fromMs + ms })
  }

  /** What lies before a position will not be asked for any more. */
  forget(beforeMs: number): void {
    while ((this.#places[this.#first]?.toMs ?? Number.POSITIVE_INFINITY) < beforeMs) this.#first++
    if (this.#first > forgottenAtOnce) this.#dropForgotten()
  }

  /** A checkpoint has been acknowledged. */
  played(name: string): void {
    this.#dropForgotten()
    const index = this.#places.findIndex(({ sent }) => sent.kind === 'checkpoint' && sent.name === name)
    if (index >= 0) this.#places.splice(index, 1)
  }

  /** Milliseconds of an utterance behind a position. */
  behindMs(utterance: number, positionMs: number): number {
    this.#dropForgotten()
    return this.#places
      .filter(({ sent }) => sent.kind === 'audio' && sent.utterance === utterance)
      .reduce((sum, { fromMs, toMs }) => sum + Math.max(0, toMs - Math.max(fromMs, positionMs)), 0)
  }

  /** Forgets everything. Returns, in order, what was not played at a position: of the piece there, the rest. */
  clear(positionMs: number): Sent[] {
    this.#dropForgotten()
    const places = this.#places
    this.#places = []
    return places.flatMap(({ sent, fromMs, toMs }): Sent[] => {
      if (sent.kind !== 'audio') return [sent]
      if (toMs <= positionMs) return []
      const samples = Math.round((Math.max(0, positionMs - fromMs) * this.#format.sampleRateHz) / 1000)
      return [{ ...sent, audio: sent.audio.subarray(samples * bytesPerSample(this.#format)) }]
    })
  }

  #dropForgotten(): void {
    if (this.#first > 0) this.#places = this.#places.slice(this.#first)
    this.#first = 0
  }
}

import { melody } from '../audio/melody.ts'
import type { Piece } from './feed.ts'
import type { PlaySource } from './play-source.ts'
import type { Utterance } from './utterance.ts'

export interface HoldOptions {
  /**
   * What the caller hears, again and again. A source that comes piece by piece and cannot be read twice is played once.
   * Default, and when the music cannot be played: a soft melody.
   */
  readonly music?: PlaySource
}

interface HoldParts {
  /** Plays pieces in their turn. */
  readonly play: (pieces: AsyncGenerator<Piece, void, undefined>) => Utterance
  readonly read: (music: PlaySource, sampleRateHz?: number) => AsyncGenerator<Piece, void, undefined>
  /** Told why the music cannot be played. */
  readonly onError: (error: unknown) => void
}

/** The music while the caller waits. */
export class Hold {
  readonly #parts: HoldParts
  #music: Utterance | undefined

  constructor(parts: HoldParts) {
    this.#parts = parts
  }

  /** Does nothing while the caller is on hold. */
  start({ music }: HoldOptions): void {
    if (this.#music?.playing && !this.#music.interrupted) return
    this.#music = this.#parts.play(this.#loop(music))
  }

  end(): void {
    this.#music?.stop()
    this.#music = undefined
  }

  async *#loop(music: PlaySource | undefined): AsyncGenerator<Piece, void, undefined> {
    if (music !== undefined) yield* this.#repeat(music)
    for (;;) yield* this.#parts.read(melody(melodyHz), melodyHz)
  }

  /** Ends when there is nothing to be heard in it any more. */
  async *#repeat(music: PlaySource): AsyncGenerator<Piece, void, undefined> {
    try {
      for (let heard = true; heard;) {
        heard = false
        for await (const piece of this.#parts.read(music)) {
          if (!(piece instanceof Uint8Array)) continue
          heard = true
          yield piece
        }
      }
    } catch (error) {
      this.#parts.onError(error)
    }
  }
}

const melodyHz = 8000

import { type AudioFormat, durationMs } from '../audio/format.ts'
import type { Feed } from './feed.ts'
import type { Playing } from './playing.ts'
import { type BotCommand, playWindowMs } from './protocol.ts'

interface PumpOptions {
  readonly format: AudioFormat
  readonly send: (command: BotCommand) => void
  /** Milliseconds that the node has of this call and has not sent on. */
  readonly aheadMs: () => number
  /** Told of a source that failed while it was wanted. */
  readonly onFailure: (playing: Playing, error: unknown) => void
}

/** Hands utterances over to the node, never more than a window ahead. One at a time has its turn. */
export class Pump {
  readonly #options: PumpOptions
  /** Set while an utterance waits for the node to send on what it has. */
  #wake: (() => void) | undefined

  constructor(options: PumpOptions) {
    this.#options = options
  }

  /** There may be room again, or what waits for it may not be wanted any more. */
  wake(): void {
    this.#wake?.()
  }

  /** Resolves once the node has all of it, or it is not wanted any more. It never rejects. */
  async run(playing: Playing, feed: Feed): Promise<void> {
    const { utterance } = playing
    const { send, onFailure } = this.#options
    try {
      while (playing.wanted) {
        const next = await feed.peek()
        if (!playing.wanted) return
        if (next.done) {
          utterance.complete()
          playing.announced = true
          return send({ type: 'play-end', utterance: utterance.id })
        }
        if (next.value instanceof Uint8Array) {
          await this.#handOver(playing, feed, next.value)
        } else {
          feed.take()
          utterance.mark(feed.place(next.value))
        }
      }
    } catch (error) {
      // A source that breaks once nobody wants it is no news: a download that died with the call.
      if (!playing.wanted) return
      if (playing.announced) send({ type: 'stop', utterance: utterance.id, by: 'bot' })
      onFailure(playing, error)
    }
  }

  /** Gives the node a piece once there is room for it, or leaves it where it is when it is not wanted any more. */
  async #handOver(playing: Playing, feed: Feed, audio: Uint8Array): Promise<void> {
    const { format, send, aheadMs } = this.#options
    const { utterance } = playing
    const ms = durationMs(format, audio.length)
    while (playing.wanted && aheadMs() + ms > playWindowMs) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    if (!playing.wanted) return
    feed.take()
    feed.sent(audio)
    utterance.produced(ms)
    playing.announced = true
    send({ type: 'play', utterance: utterance.id, audio })
  }
}

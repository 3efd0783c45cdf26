import { type AudioFormat, durationMs } from '../audio/format.ts'
import { type PlayOptions, type PlaySource, readPlaySource } from './play-source.ts'
import { type BotCommand, playWindowMs, type UtteranceReport } from './protocol.ts'
import { Utterance } from './utterance.ts'

interface PlayerOptions {
  readonly format: AudioFormat
  readonly send: (command: BotCommand) => void
  /** Told when a source cannot be played. */
  readonly onError: (error: unknown) => void
}

interface Playing {
  readonly utterance: Utterance
  sentMs: number
  /** The node has heard of it, and will report its end. */
  announced: boolean
  /** The bot wants no more of it. */
  cut: boolean
  /** Set while the pump waits for the node to send on what it has. */
  resume: (() => void) | undefined
}

/** Hands utterances to the node, one after another, never more than a window ahead. */
export class Player {
  readonly #options: PlayerOptions
  readonly #playing = new Map<number, Playing>()
  #lastId = 0
  #previous: Promise<void> = Promise.resolve()
  #over = false

  constructor(options: PlayerOptions) {
    this.#options = options
  }

  play(source: PlaySource, options: PlayOptions): Utterance {
    const id = ++this.#lastId
    const utterance = new Utterance({ id, stop: () => this.stop(id) })
    if (this.#over) {
      utterance.finish({ heardMs: 0, cutBy: 'hang-up' })
      return utterance
    }
    const playing: Playing = { utterance, sentMs: 0, announced: false, cut: false, resume: undefined }
    this.#playing.set(id, playing)
    this.#previous = this.#previous.then(() => this.#pump(playing, source, options))
    return utterance
  }

  /** Runs `after` once everything asked for so far has been handed over. */
  inOrder(after: () => void): void {
    if (this.#playing.size === 0) after()
    else this.#previous = this.#previous.then(after)
  }

  /** Cuts one utterance. */
  stop(id: number): void {
    const playing = this.#playing.get(id)
    if (!playing || playing.cut) return
    if (playing.announced) this.#options.send({ type: 'stop', utterance: id })
    this.#cut(playing)
  }

  /** Cuts everything. */
  clear(): void {
    this.#options.send({ type: 'clear' })
    for (const playing of this.#playing.values()) this.#cut(playing)
  }

  report({ utterance, sentMs, finished }: UtteranceReport): void {
    const playing = this.#playing.get(utterance)
    if (!playing) return
    playing.sentMs = sentMs
    if (finished) {
      this.#playing.delete(utterance)
      playing.utterance.finish(finished)
    }
    playing.resume?.()
  }

  /** The call is over: whatever was not heard never will be. */
  end(): void {
    this.#over = true
    for (const { utterance, sentMs, resume } of this.#playing.values()) {
      utterance.finish({ heardMs: sentMs, cutBy: 'hang-up' })
      resume?.()
    }
    this.#playing.clear()
  }

  #cut(playing: Playing): void {
    playing.cut = true
    if (!playing.announced) {
      this.#playing.delete(playing.utterance.id)
      playing.utterance.finish({ heardMs: 0, cutBy: 'bot' })
    }
    playing.resume?.()
  }

  async #pump(playing: Playing, source: PlaySource, options: PlayOptions): Promise<void> {
    const { utterance } = playing
    const { format, send, onError } = this.#options
    let producedMs = 0
    try {
      for await (const audio of readPlaySource(source, options, format)) {
        while (utterance.playing && !playing.cut && producedMs - playing.sentMs > playWindowMs) {
          await new Promise<void>((resolve) => {
            playing.resume = resolve
          })
        }
        if (!utterance.playing || playing.cut) return
        const ms = durationMs(format, audio.length)
        producedMs += ms
        utterance.produced(ms)
        playing.announced = true
        send({ type: 'play', utterance: utterance.id, audio })
      }
      if (!utterance.playing || playing.cut) return
      playing.announced = true
      send({ type: 'play-end', utterance: utterance.id })
    } catch (error) {
      send({ type: 'stop', utterance: utterance.id })
      this.#playing.delete(utterance.id)
      utterance.fail(error)
      onError(error)
    }
  }
}

import { type AudioFormat, durationMs } from '../audio/format.ts'
import { type PlayOptions, type PlaySource, readPlaySource } from './play-source.ts'
import { type BotCommand, playWindowMs, type UtteranceReport } from './protocol.ts'
import { Utterance } from './utterance.ts'

interface PlayerOptions {
  readonly format: AudioFormat
  readonly send: (command: BotCommand) => void
  /** Where relative paths of sources begin. Default: the working directory. */
  readonly folder?: string | undefined
  /** Told when a source cannot be played. */
  readonly onError: (error: unknown) => void
}

interface Playing {
  readonly utterance: Utterance
  /** Settled when the utterance was cut or is over: what waits behind it goes on, whatever its source still does. */
  readonly released: PromiseWithResolvers<void>
  /** False from then on. */
  wanted: boolean
  /** The node has heard of it, and will report its end. */
  announced: boolean
  producedMs: number
  sentMs: number
}

/** Hands utterances to the node, one after another, never more than a window ahead. */
export class Player {
  readonly #options: PlayerOptions
  readonly #playing = new Map<number, Playing>()
  #lastId = 0
  #previous: Promise<void> = Promise.resolve()
  /** Set while an utterance waits for the node to send on what it has. */
  #resume: (() => void) | undefined
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
    const released = Promise.withResolvers<void>()
    const playing: Playing = { utterance, released, wanted: true, announced: false, producedMs: 0, sentMs: 0 }
    this.#playing.set(id, playing)
    this.#previous = this.#previous.then(() =>
      Promise.race([this.#pump(playing, source, options), playing.released.promise]),
    )
    return utterance
  }

  /** Runs `after` once everything asked for so far has been handed over. */
  inOrder(after: () => void): void {
    if (this.#playing.size === 0) after()
    else this.#previous = this.#previous.then(after)
  }

  /** Resolves once everything asked for so far has been handed over, or the call is over. */
  handedOver(): Promise<void> {
    return this.#previous
  }

  /** Cuts one utterance. */
  stop(id: number): void {
    const playing = this.#playing.get(id)
    if (!playing?.wanted) return
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
      this.#release(playing)
    }
    this.#resume?.()
  }

  /** The call is over: whatever was not heard never will be. */
  end(): void {
    this.#over = true
    for (const playing of this.#playing.values()) {
      playing.utterance.finish({ heardMs: playing.sentMs, cutBy: 'hang-up' })
      this.#release(playing)
    }
    this.#playing.clear()
  }

  #cut(playing: Playing): void {
    if (!playing.announced) {
      this.#playing.delete(playing.utterance.id)
      playing.utterance.finish({ heardMs: 0, cutBy: 'bot' })
    }
    this.#release(playing)
  }

  #release(playing: Playing): void {
    playing.wanted = false
    playing.released.resolve()
    this.#resume?.()
  }

  async #pump(playing: Playing, source: PlaySource, options: PlayOptions): Promise<void> {
    const { utterance } = playing
    const { format, send, folder, onError } = this.#options
    if (!playing.wanted) return
    try {
      for await (const audio of readPlaySource(source, options, format, folder)) {
        const ms = durationMs(format, audio.length)
        await this.#roomFor(playing, ms)
        if (!playing.wanted) return
        playing.producedMs += ms
        utterance.produced(ms)
        playing.announced = true
        send({ type: 'play', utterance: utterance.id, audio })
      }
      if (!playing.wanted) return
      playing.announced = true
      send({ type: 'play-end', utterance: utterance.id })
    } catch (error) {
      // A source that breaks once nobody wants it is no news: a download that died with the call.
      if (!playing.wanted) return
      if (playing.announced) send({ type: 'stop', utterance: utterance.id })
      this.#playing.delete(utterance.id)
      utterance.fail(error)
      onError(error)
    }
  }

  /** Waits until the node may have `ms` more, or the utterance is no longer wanted. */
  async #roomFor(playing: Playing, ms: number): Promise<void> {
    while (playing.wanted && this.#aheadMs() + ms > playWindowMs) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve
      })
    }
  }

  /** What the node has of the call's utterances and has not sent on. */
  #aheadMs(): number {
    let aheadMs = 0
    for (const { wanted, producedMs, sentMs } of this.#playing.values()) if (wanted) aheadMs += producedMs - sentMs
    return aheadMs
  }
}

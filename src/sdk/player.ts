import type { AudioFormat } from '../audio/format.ts'
import type { Clock } from '../lib/clock.ts'
import type { InterruptRule } from './barge-in.ts'
import { CallControlError } from './control-error.ts'
import { Feed, type Piece } from './feed.ts'
import { Line } from './line.ts'
import { Marks } from './marks.ts'
import { PausedFeeds } from './paused-feeds.ts'
import type { NewUtterance, Playing, Verb } from './playing.ts'
import type { BotCommand, StopBy, UtteranceReport } from './protocol.ts'
import { Pump } from './pump.ts'
import { Utterance } from './utterance.ts'

interface PlayerOptions {
  readonly format: AudioFormat
  readonly send: (command: BotCommand) => void
  readonly clock: Clock
  /** Numbers up to this one are another instance's utterances. Default 0. */
  readonly lastId?: number | undefined
  /** Told when something cannot be played, with the verb that asked for it. */
  readonly onError: (error: unknown, verb: Verb) => void
  /** Told when an utterance goes on as another one. */
  readonly onResumed: (utterance: Utterance, rule: InterruptRule) => void
}

const unheard = { heardMs: 0, uncertaintyMs: 0 }

/** The utterances of a call: one after another to the node, never more than a window ahead, each with its account. */
export class Player {
  readonly #options: PlayerOptions
  /** In the order in which they were asked for. */
  readonly #playing = new Map<number, Playing>()
  readonly #paused: PausedFeeds
  readonly #pump: Pump
  readonly #line = new Line()
  #lastId: number
  #over = false

  constructor(options: PlayerOptions) {
    this.#options = options
    this.#lastId = options.lastId ?? 0
    this.#paused = new PausedFeeds(options.clock)
    const { format, send } = options
    const onFailure = (playing: Playing, error: unknown) => this.fail(playing, error)
    this.#pump = new Pump({ format, send, aheadMs: () => this.#aheadMs(), onFailure })
  }

  /** Plays pieces of audio in their turn. Throws a `TypeError` for marks that are none. */
  play(pieces: AsyncGenerator<Piece, void, undefined>, about: NewUtterance = {}): Utterance {
    const feed = new Feed(pieces, this.#options.format)
    const playing = this.add({ ...about, feed })
    this.#enqueuePaced(playing, () => this.#pump.run(playing, feed))
    return playing.utterance
  }

  /** An utterance that is not in line yet. After the call's end it is over already. */
  add({ verb = 'play', marks, byCarrier = false, rule, feed, inLine = true }: NewUtterance): Playing {
    const id = ++this.#lastId
    const playing: Playing = {
      utterance: new Utterance({
        id,
        marks: new Marks(marks),
        estimated: byCarrier,
        stop: (by) => this.#stop(playing, by),
        resume: () => this.#resumeCut(playing),
      }),
      verb,
      ...(feed && { feed }),
      inLine,
      byCarrier,
      released: Promise.withResolvers<void>(),
      askToStop: (by) => this.#options.send({ type: 'stop', utterance: id, by }),
      wanted: !this.#over,
      announced: false,
      rule,
      sentMs: 0,
    }
    if (this.#over) playing.utterance.finish({ ...unheard, cutBy: 'hang-up' })
    else this.#playing.set(id, playing)
    return playing
  }

  /** Does `step`, which never rejects, in the utterance's turn. What waits behind it goes on once that is done. */
  enqueue(playing: Playing, step: () => Promise<void>): void {
    if (playing.wanted) this.#line.join(step)
  }

  /** An utterance that cannot be played: it rejects with `error`. */
  failed(error: unknown, verb: Verb): Utterance {
    const playing = this.add({ verb })
    this.fail(playing, error)
    return playing.utterance
  }

  /** It cannot be played, or no further. */
  fail(playing: Playing, error: unknown): void {
    playing.utterance.fail(error)
    this.drop(playing)
    this.#options.onError(error, playing.verb)
  }

  /** It is over, and nobody will report it. */
  drop(playing: Playing): void {
    this.#playing.delete(playing.utterance.id)
    this.#release(playing)
  }

  /** Those asked for before it that are not over. */
  before(playing: Playing): Utterance[] {
    return [...this.#playing.values()].map(({ utterance }) => utterance).filter(({ id }) => id < playing.utterance.id)
  }

  /** Whether its audio is what the caller hears now, as far as can be known here. */
  isHeard(utterance: Utterance): boolean {
    const playing = this.#playing.get(utterance.id)
    if (!playing?.announced || !playing.wanted) return false
    if (!playing.inLine) return true
    for (const first of this.#playing.values()) if (first.inLine) return first === playing
    return false
  }

  /** From here on what is not heard of it is kept when it is cut. */
  keep(utterance: Utterance, rule: InterruptRule): void {
    const playing = this.#playing.get(utterance.id)
    if (playing) playing.rule = rule
  }

  /** Runs `after` once everything asked for so far has been handed over. */
  inOrder(after: () => void): void {
    this.#line.joinOrDo(after)
  }

  /** Cuts everything. */
  clear(): void {
    this.#options.send({ type: 'clear' })
    for (const playing of this.#playing.values()) {
      // The node cuts what it has itself; what the carrier plays by itself is another matter.
      if (playing.byCarrier && playing.announced && playing.wanted) playing.askToStop('bot')
      this.#cut(playing, 'bot')
    }
  }

  report({ utterance, sentMs, heardMs, uncertaintyMs, finished }: UtteranceReport): void {
    const playing = this.#playing.get(utterance)
    if (!playing) return
    playing.sentMs = sentMs
    playing.feed?.heard(heardMs - uncertaintyMs)
    if (finished) {
      playing.utterance.finish({ heardMs, uncertaintyMs, cutBy: finished.cutBy })
      this.drop(playing)
    } else {
      playing.utterance.report({ heardMs, uncertaintyMs })
      this.#pump.wake()
    }
  }

  /** The call is over: whatever was not heard never will be. */
  end(): void {
    this.#over = true
    for (const playing of this.#playing.values()) {
      const { heardMs, uncertaintyMs } = playing.utterance
      playing.utterance.finish({ heardMs, uncertaintyMs, cutBy: 'hang-up' })
      this.#release(playing)
    }
    this.#playing.clear()
    this.#paused.end()
  }

  /** What waits behind it goes on as soon as it is not wanted any more, whatever `step` still does. */
  #enqueuePaced(playing: Playing, step: () => Promise<void>): void {
    this.enqueue(playing, () => Promise.race([step(), playing.released.promise]))
  }

  #stop(playing: Playing, by: StopBy): void {
    if (!playing.wanted) return
    if (playing.announced) playing.askToStop(by)
    this.#cut(playing, by)
  }

  #cut(playing: Playing, by: StopBy): void {
    if (!playing.wanted) return
    const { utterance, feed, rule } = playing
    utterance.cut(by)
    if (feed && rule) this.#paused.add(feed)
    if (!playing.announced) {
      this.#playing.delete(utterance.id)
      utterance.finish({ ...unheard, cutBy: by })
    }
    this.#release(playing)
  }

  #release(playing: Playing): void {
    const { feed, wanted } = playing
    // Once it was cut its audio may be another utterance's.
    if (wanted && feed && !this.#paused.has(feed)) feed.close()
    playing.wanted = false
    playing.released.resolve()
    this.#pump.wake()
  }

  #resumeCut(cut: Playing): Utterance {
    const { utterance, feed, rule } = cut
    if (this.#over) return this.add({}).utterance
    if (!feed || !this.#paused.take(feed)) {
      const message = 'nothing is kept of this utterance'
      const fix = 'play it with { interruptible: true }, and resume it once, within 30 s after it was cut'
      return this.failed(new CallControlError({ code: 'invalid', message, fix }), 'resume')
    }
    const resumed = this.add({ verb: 'resume', feed, rule })
    if (rule) this.#options.onResumed(resumed.utterance, rule)
    // The node may not have said yet how much was heard.
    const ready = Promise.all([cut.ready, utterance]).then(() => {
      feed.rewind(utterance.heardMs)
      for (const mark of utterance.unheardMarks) resumed.utterance.mark(mark)
    })
    resumed.ready = ready
    this.#enqueuePaced(resumed, () => ready.then(() => this.#pump.run(resumed, feed)))
    return resumed.utterance
  }

  /** What the node has of the utterances in line and has not sent on. */
  #aheadMs(): number {
    let aheadMs = 0
    for (const { feed, wanted, utterance, sentMs } of this.#playing.values())
      if (feed && wanted) aheadMs += utterance.totalMs - sentMs
    return aheadMs
  }
}

import type { AudioFormat } from '../audio/format.ts'
import type { Clock } from '../lib/clock.ts'
import { BargeIn, type Interruptible, type InterruptRule, parseInterruptible } from './barge-in.ts'
import { playByCarrier } from './carrier-voice.ts'
import { describeError } from './control-error.ts'
import { Hold, type HoldOptions } from './hold.ts'
import { isRemote, type PlayOptions, type PlaySource, readPlaySource } from './play-source.ts'
import { Player } from './player.ts'
import type { Verb } from './playing.ts'
import type { BotCommand } from './protocol.ts'
import type { Requests } from './requests.ts'
import { type SayOptions, toSayRequest } from './say.ts'
import type { Utterance } from './utterance.ts'
import { WriteRuns } from './write-runs.ts'

interface OutputOptions {
  readonly format: AudioFormat
  readonly send: (command: BotCommand) => void
  readonly clock: Clock
  readonly requests: Requests
  readonly print: (text: string) => void
  readonly folder: string | undefined
  readonly onClear: () => void
  readonly lastUtterance?: number | undefined
}

/** All that the caller is to hear, however it gets there, and what cuts it. */
export class Output {
  readonly player: Player
  readonly #options: OutputOptions
  readonly #runs: WriteRuns
  readonly #bargeIn: BargeIn
  readonly #hold: Hold

  constructor(options: OutputOptions) {
    const { format, send, clock, print, folder, lastUtterance: lastId } = options
    this.#options = options
    const onError = (error: unknown, verb: Verb) => print(describeError(verb, error))
    this.player = new Player({
      format,
      send,
      clock,
      lastId,
      onError,
      onResumed: (utterance, rule) => this.#bargeIn.watch(utterance, rule),
    })
    this.#runs = new WriteRuns({ format, send, clock, player: this.player })
    this.#bargeIn = new BargeIn({
      format,
      isHeard: (utterance) => this.player.isHeard(utterance),
      clear: () => this.clear(),
    })
    this.#hold = new Hold({
      play: (pieces) => this.player.play(pieces, { verb: 'hold' }),
      read: (music, sampleRateHz) => readPlaySource(music, sampleRateHz ? { sampleRateHz } : {}, format, folder),
      onError: (error) => onError(error, 'hold'),
    })
  }

  write(audio: Uint8Array): Utterance {
    if (audio instanceof Uint8Array) return this.#runs.write(audio)
    return this.player.failed(new TypeError('write takes a Uint8Array in call.format, or event.audio'), 'write')
  }

  play(source: PlaySource, options: PlayOptions): Utterance {
    const { format, folder, requests } = this.#options
    const { marks, interruptible } = options
    return this.#begin('play', interruptible, (rule) => {
      const about = { marks, rule }
      if (!isRemote(source)) return this.player.play(readPlaySource(source, options, format, folder), about)
      const url = String(source)
      return playByCarrier(this.player, about, () => requests.ask({ verb: 'play-url', url }))
    })
  }

  say(text: string, options: SayOptions, interruptible: Interruptible | undefined): Utterance {
    return this.#begin('say', interruptible, (rule) => {
      const request = toSayRequest(text, options)
      // Of a text with SSML in it nobody can say which words were spoken.
      const marks = options.ssml ? [] : [{ atMs: 0, text }]
      return playByCarrier(this.player, { verb: 'say', marks, rule }, () => this.#options.requests.ask(request))
    })
  }

  interruptible(utterance: Utterance, how: Interruptible): Utterance {
    try {
      const rule = parseInterruptible(how)
      if (rule) this.watch(utterance, rule)
      return utterance
    } catch (error) {
      return this.player.failed(error, 'interruptible')
    }
  }

  watch(utterance: Utterance, rule: InterruptRule): void {
    this.player.keep(utterance, rule)
    this.#bargeIn.watch(utterance, rule)
  }

  clear(): void {
    this.#runs.end()
    this.player.clear()
    this.#options.onClear()
  }

  hold(options: HoldOptions): void {
    this.#runs.end()
    this.#hold.start(options)
  }

  unhold(): void {
    this.#hold.end()
  }

  /**
   * Resolves once everything asked for so far has been handed over: it will be heard before the caller is taken elsewhere.
   * A hold, which would never end, ends.
   */
  inTurn(): Promise<void> {
    this.unhold()
    this.#runs.end()
    return new Promise((resolve) => {
      this.player.inOrder(resolve)
    })
  }

  /** The caller's audio. */
  hear(audio: Uint8Array): void {
    this.#bargeIn.hear(audio)
  }

  press(digit: string): void {
    this.#bargeIn.press(digit)
  }

  end(): void {
    this.player.end()
    this.#runs.end()
  }

  /** What stands in line ends what was written: the node is told that it has all of that. */
  #begin(verb: Verb, how: Interruptible | undefined, begin: (rule: InterruptRule | undefined) => Utterance): Utterance {
    try {
      const rule = parseInterruptible(how)
      this.#runs.end()
      const utterance = begin(rule)
      if (rule) this.#bargeIn.watch(utterance, rule)
      return utterance
    } catch (error) {
      return this.player.failed(error, verb)
    }
  }
}

import { type AudioFormat, durationMs } from '../audio/format.ts'
import { VoiceActivity } from '../audio/voice-activity.ts'
import type { Utterance } from './utterance.ts'

/** How the caller may cut an utterance. */
export interface InterruptOptions {
  /** Default: both. */
  readonly by?: readonly ('speech' | 'key')[]
  /** Speech shorter than this, in milliseconds, does not cut. Default 250. The cut comes 100 ms after that much. */
  readonly minSpeechMs?: number
  /** The keys that cut, such as `*#`. Default: every key. */
  readonly keys?: string
  /** Cuts everything that waits to be heard as well. Default: what waits behind the utterance goes on. */
  readonly clear?: boolean
}

export type Interruptible = boolean | InterruptOptions

/** `InterruptOptions` that have been checked. */
export interface InterruptRule {
  readonly bySpeech: boolean
  readonly byKey: boolean
  readonly minSpeechMs: number
  readonly keys: string | undefined
  readonly clear: boolean
}

/** It takes this much speech to tell it from other sounds. */
const startMs = 100
/** Speech may pause this long, as between two words, and is still one. */
const pauseMs = 100

/** Undefined: not interruptible. Throws a `TypeError` or a `RangeError` that names the option. */
export function parseInterruptible(interruptible: Interruptible | undefined): InterruptRule | undefined {
  if (interruptible === undefined || interruptible === false) return undefined
  const { by = ['speech', 'key'], minSpeechMs = 250, keys, clear = false } = interruptible === true ? {} : interruptible
  if (!Array.isArray(by) || by.length === 0 || by.some((one) => one !== 'speech' && one !== 'key'))
    throw new TypeError(`interruptible: by lists 'speech', 'key' or both, got ${JSON.stringify(by)}`)
  if (!Number.isFinite(minSpeechMs) || minSpeechMs < 0)
    throw new RangeError(`interruptible: minSpeechMs must be milliseconds from 0, got ${minSpeechMs}`)
  if (keys !== undefined && !/^[0-9*#A-D]+$/.test(keys))
    throw new RangeError(`interruptible: keys takes 0-9 * # A-D, got ${keys}`)
  return { bySpeech: by.includes('speech'), byKey: by.includes('key'), minSpeechMs, keys, clear }
}

interface Watched {
  readonly utterance: Utterance
  readonly rule: InterruptRule
  /** When the caller began to hear it, in milliseconds of the caller's audio. */
  heardSinceMs: number | undefined
}

interface BargeInOptions {
  readonly format: AudioFormat
  /** Whether an utterance is what the caller hears now. */
  readonly isHeard: (utterance: Utterance) => boolean
  /** Cuts everything. */
  readonly clear: () => void
}

/**
 * Cuts utterances when the caller speaks or presses a key while hearing them. Time is counted in the caller's audio, which
 * comes in one piece however the network delays it.
 */
export class BargeIn {
  readonly #options: BargeInOptions
  readonly #watched = new Set<Watched>()
  /** There from the first utterance on that speech may cut; then it must go on, for it learns what quiet is. */
  #voice: VoiceActivity | undefined
  #audioMs = 0
  #speechSinceMs: number | undefined

  constructor(options: BargeInOptions) {
    this.#options = options
  }

  watch(utterance: Utterance, rule: InterruptRule): void {
    for (const watched of this.#watched) if (watched.utterance === utterance) this.#watched.delete(watched)
    if (rule.bySpeech) this.#voice ??= new VoiceActivity(this.#options.format, { startMs, endMs: pauseMs })
    this.#watched.add({ utterance, rule, heardSinceMs: undefined })
  }

  /** The caller's audio. */
  hear(audio: Uint8Array): void {
    if (!this.#voice) return
    const beganMs = this.#audioMs
    this.#audioMs += durationMs(this.#options.format, audio.length)
    const change = this.#voice.push(audio)
    if (change === 'speech.started') this.#speechSinceMs = this.#audioMs - startMs
    if (change === 'speech.ended') this.#speechSinceMs = undefined
    for (const watched of this.#heardNow()) {
      watched.heardSinceMs ??= beganMs
      if (this.#isCutBySpeech(watched.rule, watched.heardSinceMs)) this.#cut(watched, 'speech')
    }
  }

  press(digit: string): void {
    for (const watched of this.#heardNow()) {
      const { byKey, keys } = watched.rule
      if (byKey && (keys === undefined || keys.includes(digit))) this.#cut(watched, 'key')
    }
  }

  #isCutBySpeech({ bySpeech, minSpeechMs }: InterruptRule, heardSinceMs: number): boolean {
    if (!bySpeech || this.#speechSinceMs === undefined) return false
    // Until it has paused for longer than speech does, what is going on may have ended a pause ago.
    return this.#audioMs - Math.max(this.#speechSinceMs, heardSinceMs) >= minSpeechMs + pauseMs
  }

  #heardNow(): Watched[] {
    const heard: Watched[] = []
    for (const watched of this.#watched) {
      if (!watched.utterance.playing) this.#watched.delete(watched)
      else if (this.#options.isHeard(watched.utterance)) heard.push(watched)
    }
    return heard
  }

  #cut(watched: Watched, by: 'speech' | 'key'): void {
    this.#watched.delete(watched)
    watched.utterance.interrupt(by)
    if (watched.rule.clear) this.#options.clear()
  }
}

import { frameMs, type AudioFormat } from '../audio/format.ts'
import type { Clock } from '../lib/clock.ts'
import { AudioTrack, telephoneRateHz, type Pcm } from './audio-track.ts'
import { Audibility } from './audibility.ts'
import { ClipQueue } from './clip-queue.ts'
import { Metronome } from './metronome.ts'
import type { PlayedSpan } from './playback-queue.ts'
import type { Timeline } from './timeline.ts'

/** A stream as the line sees it. */
export interface LineStream {
  readonly format: AudioFormat
  /** False while it connects. */
  readonly open: boolean
  /** Passes 20 ms: takes what the caller says and what Plivo plays, and gives what the bot plays. */
  tick(said: Int16Array | undefined, announced: Int16Array | undefined): Int16Array | undefined
  press(digit: string): void
  /** Ends the stream, not the call. */
  stop(): void
}

/** The truth about the bot's audio on one connection of a stream. */
export interface StreamAccount {
  readonly streamId: string
  readonly format: AudioFormat
  /** Where its first frame lies in what was heard: `atByte` of `played` counts from there. */
  readonly startMs: number
  /** All `playAudio` in this format, heard or not. */
  readonly offeredBytes: number
  readonly played: readonly PlayedSpan[]
}

export interface LineOptions {
  readonly clock: Clock
  readonly timeline: Timeline
  readonly maxKeptMs: number
}

/**
 * The line between Plivo and the caller, from the answer to the end. One metronome moves everything on it by 20 ms at a
 * time, so that both sides of the recording and the stream's frames share one scale of time.
 */
export class Line {
  readonly said: AudioTrack
  readonly heard: AudioTrack
  readonly bot = new Audibility()
  readonly caller = new Audibility()
  readonly #plivo = new Audibility()
  readonly #voice = new ClipQueue()
  readonly #announcements = new ClipQueue()
  readonly #options: LineOptions
  readonly #metronome: Metronome
  #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = []
  #stopped = false
  #ticks = 0
  readonly #frames = { sent: 0, late: 0, maxLateMs: 0 }
  /** Of streams that are over. */
  readonly streams: StreamAccount[] = []
  /** All that the caller has pressed. */
  digits = ''
  stream: LineStream | undefined

  constructor(options: LineOptions) {
    this.#options = options
    this.said = new AudioTrack(options.maxKeptMs)
    this.heard = new AudioTrack(options.maxKeptMs)
    this.#metronome = new Metronome(options.clock, frameMs, (lateMs) => this.#tick(lateMs))
  }

  start(): void {
    if (!this.#stopped) this.#metronome.start()
  }

  /** Ends everything on the line: what is being played or waited for counts as done. */
  stop(): void {
    this.#stopped = true
    this.#metronome.stop()
    this.#voice.clear()
    this.#announcements.clear()
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  /** How long the line has been open. */
  get positionMs(): number {
    return this.#ticks * frameMs
  }

  /** When the caller last heard anything, on the clock's monotonic scale. */
  get lastHeardAt(): number {
    return Math.max(this.bot.lastHeardAt, this.#plivo.lastHeardAt)
  }

  get audible(): boolean {
    return this.bot.audible || this.#plivo.audible
  }

  /** Media frames of streams; late is a frame sent when the next was already due. */
  get frames(): { readonly sent: number; readonly late: number; readonly maxLateMs: number } {
    return this.#frames
  }

  /** The caller speaks. Resolves when it is said. */
  speak(audio: Pcm): Promise<void> {
    return this.#stopped ? Promise.resolve() : this.#voice.push(audio)
  }

  /** Plivo itself plays something to the caller. Resolves when it is heard. */
  announce(audio: Pcm): Promise<void> {
    return this.#stopped ? Promise.resolve() : this.#announcements.push(audio)
  }

  press(digit: string): void {
    if (this.#stopped) return
    this.digits += digit
    this.#options.timeline.add({ type: 'pressed', digit })
    this.stream?.press(digit)
  }

  /** Resolves at the first tick at which the condition holds, or when the line stops. */
  when(condition: () => boolean): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ condition, resolve })
    return promise
  }

  #tick(lateMs: number): void {
    const rateHz = this.stream?.format.sampleRateHz ?? telephoneRateHz
    const said = this.#voice.next(rateHz)
    const announced = this.#announcements.next(rateHz)
    if (this.stream?.open) this.#count(lateMs)
    const played = this.stream?.tick(said, announced)
    if (!this.heard.append(mixed(announced, played), rateHz) || !this.said.append(said, rateHz)) {
      this.#options.timeline.warnOnce(`the recording is full after ${this.#options.maxKeptMs} ms: the rest is not kept`)
    }
    this.#ticks++
    this.#follow(said, announced, played)
    const due = this.#waiting.filter(({ condition }) => condition())
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter))
    for (const { resolve } of due) resolve()
  }

  #count(lateMs: number): void {
    this.#frames.sent++
    if (lateMs >= frameMs) this.#frames.late++
    this.#frames.maxLateMs = Math.max(this.#frames.maxLateMs, lateMs)
  }

  #follow(said?: Int16Array, announced?: Int16Array, played?: Int16Array): void {
    const { timeline, clock } = this.#options
    const now = clock.monotonic()
    const quietSince = (voice: Audibility) => timeline.nowMs - (now - voice.lastHeardAt) + frameMs
    for (const [source, voice, frame] of [
      ['stream', this.bot, played],
      ['plivo', this.#plivo, announced],
    ] as const) {
      const change = voice.frame(frame, now)
      if (change === 'started') timeline.add({ type: 'bot-audio-started', source })
      if (change === 'ended') timeline.add({ type: 'bot-audio-ended', source, quietSinceMs: quietSince(voice) })
    }
    const change = this.caller.frame(said, now)
    if (change === 'started') timeline.add({ type: 'caller-speech-started' })
    if (change === 'ended') timeline.add({ type: 'caller-speech-ended', quietSinceMs: quietSince(this.caller) })
  }
}

const mixed = (one: Int16Array | undefined, other: Int16Array | undefined): Int16Array | undefined => {
  if (!one || !other) return one ?? other
  return one.map((sample, i) => Math.max(-32_768, Math.min(32_767, sample + (other[i] ?? 0))))
}

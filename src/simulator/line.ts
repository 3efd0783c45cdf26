import { frameMs, type AudioFormat } from '../audio/format.ts'
import { dtmfTone } from '../audio/tone.ts'
import type { Clock } from '../lib/clock.ts'
import { AudioTrack, telephoneRateHz, type Pcm } from './audio-track.ts'
import { Audibility } from './audibility.ts'
import { ClipQueue } from './clip-queue.ts'
import { Metronome } from './metronome.ts'
import type { PlayedSpan } from './playback-queue.ts'
import type { Timeline } from './timeline.ts'

/** How long a pressed key sounds at the other end of a bridge. */
const pressedMs = 160

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

/** Words that a script has said, for what stands for speech recognition. */
export interface SpokenWords {
  readonly text: string
  /** On the clock's monotonic scale. */
  readonly startedAt: number
  endedAt: number | undefined
}

interface Overlay {
  /** Those of one kind come one after another; the two are mixed. */
  readonly kind: 'play' | 'speak'
  readonly alone: boolean
  readonly signal: AbortSignal
}

interface Waiter {
  readonly condition: () => boolean
  readonly resolve: () => void
}

interface TickFrames {
  readonly said: Int16Array | undefined
  readonly announced: Int16Array | undefined
  readonly played: Int16Array | undefined
  readonly leg: Int16Array | undefined
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
  readonly #overlays = { play: new ClipQueue(), speak: new ClipQueue() }
  readonly #leg = new Audibility()
  readonly #options: LineOptions
  readonly #metronome: Metronome
  #waiting: Waiter[] = []
  #onPress: ((digit: string) => void) | undefined
  #stopped = false
  #started = false
  #ticks = 0
  /** The one that this line moves. */
  #far: Line | undefined
  /** The one at the other end of a bridge, whoever moves whom. */
  #peer: Line | undefined
  #overlayAlone = false
  readonly #frames = { sent: 0, late: 0, maxLateMs: 0 }
  /** Of streams that are over. */
  readonly streams: StreamAccount[] = []
  /** All that the caller has pressed. */
  digits = ''
  stream: LineStream | undefined
  /** What the caller has said in words. */
  readonly words: SpokenWords[] = []

  constructor(options: LineOptions) {
    this.#options = options
    this.said = new AudioTrack(options.maxKeptMs)
    this.heard = new AudioTrack(options.maxKeptMs)
    this.#metronome = new Metronome(options.clock, frameMs, (lateMs) => this.#tick(lateMs))
  }

  /** The first time counts. */
  start(): void {
    if (this.#stopped || this.#started) return
    this.#started = true
    this.#metronome.start()
  }

  /** Each of both hears what the other says, on this line's scale of time, until `part`. */
  join(far: Line): void {
    far.#metronome.stop()
    this.#far = far
    this.#peer = far
    far.#peer = this
  }

  part(): void {
    const far = this.#far
    this.#far = this.#peer = undefined
    if (far) far.#peer = undefined
    if (far && far.#started && !far.#stopped) far.#metronome.start()
  }

  /** Ends everything on the line: what is being played or waited for counts as done. */
  stop(): void {
    this.#stopped = true
    this.#metronome.stop()
    this.#voice.clear()
    this.#announcements.clear()
    for (const overlay of Object.values(this.#overlays)) overlay.clear()
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  /** How long the line has been open. */
  get positionMs(): number {
    return this.#ticks * frameMs
  }

  /** When the caller last heard anything, on the clock's monotonic scale. */
  get lastHeardAt(): number {
    return Math.max(this.bot.lastHeardAt, this.#plivo.lastHeardAt, this.#leg.lastHeardAt)
  }

  get audible(): boolean {
    return this.bot.audible || this.#plivo.audible || this.#leg.audible
  }

  /** Media frames of streams; late is a frame sent when the next was already due. */
  get frames(): { readonly sent: number; readonly late: number; readonly maxLateMs: number } {
    return this.#frames
  }

  /** The caller speaks. Resolves when it is said. */
  speak(audio: Pcm): Promise<void> {
    return this.#stopped ? Promise.resolve() : this.#voice.push(audio)
  }

  /** Plivo itself plays something to the caller. Resolves when it is heard, or when `signal` stops it. */
  announce(audio: Pcm, signal?: AbortSignal): Promise<void> {
    return this.#stopped ? Promise.resolve() : this.#announcements.push(audio, signal)
  }

  /** Plays beside everything else or, with `alone`, in place of it. */
  overlay(audio: Pcm, { kind, alone, signal }: Overlay): Promise<void> {
    this.#overlayAlone = alone
    return this.#stopped ? Promise.resolve() : this.#overlays[kind].push(audio, signal)
  }

  press(digit: string): void {
    if (this.#stopped) return
    this.digits += digit
    this.#options.timeline.add({ type: 'pressed', digit })
    this.stream?.press(digit)
    const sound = { samples: dtmfTone(digit, pressedMs, telephoneRateHz), sampleRateHz: telephoneRateHz }
    void this.#peer?.announce(sound)
    this.#onPress?.(digit)
  }

  /** Gets every key that is pressed from now on. One at a time. */
  set onPress(onPress: ((digit: string) => void) | undefined) {
    this.#onPress = onPress
  }

  /** Resolves at the first tick at which the condition holds, or when the line stops or `signal` fires. */
  when(condition: () => boolean, signal?: AbortSignal): Promise<void> {
    if (this.#stopped || signal?.aborted) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const giveUp = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter)
      resolve()
    }
    const waiter: Waiter = {
      condition,
      resolve() {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      },
    }
    this.#waiting.push(waiter)
    signal?.addEventListener('abort', giveUp, { once: true })
    return promise
  }

  #tick(lateMs: number): void {
    const rateHz = this.stream?.format.sampleRateHz ?? telephoneRateHz
    const said = this.#voice.next(rateHz)
    this.#pass(lateMs, rateHz, { said, leg: this.#far && this.#far.#exchange(said, rateHz) })
  }

  /** 20 ms on a line that another one moves: takes what is said there, and gives what is said here. */
  #exchange(leg: Int16Array | undefined, rateHz: number): Int16Array | undefined {
    if (this.#stopped) return undefined
    const said = this.#voice.next(rateHz)
    this.#pass(0, rateHz, { said, leg })
    return said
  }

  #pass(lateMs: number, rateHz: number, { said, leg }: Pick<TickFrames, 'said' | 'leg'>): void {
    const announced = this.#announcements.next(rateHz)
    const overlaid = mixed(this.#overlays.play.next(rateHz), this.#overlays.speak.next(rateHz))
    if (this.stream?.open) this.#count(lateMs)
    const fromPlivo = mixed(mixed(announced, leg), overlaid)
    const played = this.stream?.tick(said, fromPlivo)
    const heard = overlaid && this.#overlayAlone ? overlaid : mixed(fromPlivo, played)
    if (!this.heard.append(heard, rateHz) || !this.said.append(said, rateHz)) {
      this.#options.timeline.warnOnce(`the recording is full after ${this.#options.maxKeptMs} ms: the rest is not kept`)
    }
    this.#ticks++
    this.#follow({ said, announced: mixed(announced, overlaid), played, leg })
    const due = this.#waiting.filter(({ condition }) => condition())
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter))
    for (const { resolve } of due) resolve()
  }

  #count(lateMs: number): void {
    this.#frames.sent++
    if (lateMs >= frameMs) this.#frames.late++
    this.#frames.maxLateMs = Math.max(this.#frames.maxLateMs, lateMs)
  }

  #follow({ said, announced, played, leg }: TickFrames): void {
    const { timeline, clock } = this.#options
    const now = clock.monotonic()
    const quietSince = (voice: Audibility) => timeline.nowMs - (now - voice.lastHeardAt) + frameMs
    for (const [source, voice, frame] of [
      ['stream', this.bot, played],
      ['plivo', this.#plivo, announced],
      ['leg', this.#leg, leg],
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

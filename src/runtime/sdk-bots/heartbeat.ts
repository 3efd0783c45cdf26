import type { Clock, Timer } from '../../lib/clock.ts'

interface HeartbeatOptions {
  /** Asks the far side for a sign of life. */
  readonly ask: () => void
  /** What the machine gives the far side; undefined where it does not tell. */
  readonly share: () => ProcessorShare | undefined
  /** `inDoubt` has changed. */
  readonly onDoubt: () => void
  /** There was no sign of life for `silentMs`. Called once. */
  readonly onHung: (silentMs: number) => void
  readonly clock: Clock
}

/** Sums since a process began, in milliseconds. */
export interface ProcessorShare {
  readonly ranMs: number
  /** Ready to run, while others ran. */
  readonly waitedMs: number
}

const busyBeatMs = 250
/** For a process that nobody talks to just now. */
const idleBeatMs = 500
/** Longer than one beat of whichever pace: a question has waited for half a second. */
const doubtMs = 500
const hungMs = 2000
/** A process that is not given a processor is not hung; but a call does not wait for it forever. */
const longestStarvedMs = 10_000
/** Who ran so long without a word would have said one. */
const enoughMs = 200

/**
 * Notices that a process has stopped answering. Only time in which this side read what came counts: when the node stalls, or
 * the clock is moved by hand, nobody is hung for that. And a process that waited for a processor most of the time, on a
 * machine with too much to do, gets more of it.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #timer: Timer | undefined
  #beatMs = idleBeatMs
  #silentMs = 0
  #inDoubt = false
  /** Since the last beat this side has read what there was to read. */
  #hasRead = false
  #before: ProcessorShare | undefined
  #stopped = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** It does not answer just now: until it does, no call should get it. */
  get inDoubt(): boolean {
    return this.#inDoubt
  }

  /** Begins, or goes on with the beat of a process that is busy, or idle. */
  beat(pace: 'busy' | 'idle'): void {
    if (this.#stopped) return
    const beatMs = pace === 'busy' ? busyBeatMs : idleBeatMs
    if (this.#timer && beatMs === this.#beatMs) return
    this.#beatMs = beatMs
    this.#wait()
  }

  /** The far side said something. */
  alive(): void {
    this.#silentMs = 0
    this.#doubt(false)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #wait(): void {
    this.#timer?.cancel()
    this.#hasRead = false
    // Not before what has come is read: timers run ahead of it.
    setImmediate(() => {
      this.#hasRead = true
    })
    const beatMs = this.#beatMs
    this.#timer = this.#options.clock.after(beatMs, () => this.#tick(beatMs))
  }

  #tick(beatMs: number): void {
    const { ask, share, onHung } = this.#options
    if (this.#silentMs === 0) this.#before = share()
    // However late the tick: that was this side's fault.
    if (this.#hasRead) this.#silentMs += beatMs
    const isLate = this.#silentMs > doubtMs && !this.#isStarved()
    if (isLate && this.#silentMs > hungMs) {
      this.stop()
      onHung(this.#silentMs)
      return
    }
    ask()
    this.#wait()
    if (isLate) this.#doubt(true)
  }

  #doubt(inDoubt: boolean): void {
    if (this.#stopped || inDoubt === this.#inDoubt) return
    this.#inDoubt = inDoubt
    this.#options.onDoubt()
  }

  #isStarved(): boolean {
    const before = this.#before
    const now = this.#options.share()
    if (!before || !now || this.#silentMs >= longestStarvedMs) return false
    return now.ranMs - before.ranMs < enoughMs && now.waitedMs - before.waitedMs > this.#silentMs / 2
  }
}

import { type AudioFormat, bytesPerSample, durationMs } from '../audio/format.ts'
import type { Clock, Timer } from '../lib/clock.ts'
import type { Player } from './player.ts'
import type { Playing } from './playing.ts'
import type { BotCommand } from './protocol.ts'
import type { Utterance } from './utterance.ts'

/** Longest piece of written audio in one frame: a whole number of samples, and far below the longest frame. */
const maxWriteBytes = 64 * 1024

/** A run ends when nothing was written for this long beyond the time at which all of it should have been heard. */
const pauseMs = 200

interface WriteRunsOptions {
  readonly format: AudioFormat
  readonly send: (command: BotCommand) => void
  readonly clock: Clock
  readonly player: Player
}

interface Run {
  readonly playing: Playing
  /** When all of it should have been heard, on the clock's monotonic scale. */
  heardAtMs: number
  timer: Timer
}

/** Written audio, in runs: what is written without a pause is one utterance. */
export class WriteRuns {
  readonly #options: WriteRunsOptions
  readonly #sampleBytes: number
  #run: Run | undefined
  /** The first byte of a sample whose second has not been written yet. */
  #half: number | undefined

  constructor(options: WriteRunsOptions) {
    this.#options = options
    this.#sampleBytes = bytesPerSample(options.format)
  }

  /** It runs 50 times a second for each call: nothing here is done per write that can be done per run. */
  write(bytes: Uint8Array): Utterance {
    const { format, send, clock } = this.#options
    const run = this.#run?.playing.wanted ? this.#run : this.#begin()
    const { playing } = run
    if (!playing.wanted) return playing.utterance
    const audio = this.#sampleBytes === 1 ? bytes : this.#wholeSamples(bytes)
    if (audio.length === 0) return playing.utterance
    const ms = durationMs(format, audio.length)
    run.heardAtMs = Math.max(run.heardAtMs, clock.monotonic()) + ms
    playing.announced = true
    playing.utterance.produced(ms)
    const utterance = playing.utterance.id
    if (audio.length <= maxWriteBytes) send({ type: 'write', utterance, audio })
    else
      for (let at = 0; at < audio.length; at += maxWriteBytes)
        send({ type: 'write', utterance, audio: audio.subarray(at, at + maxWriteBytes) })
    return playing.utterance
  }

  /** The run is all: what is written next is another utterance. */
  end(): void {
    const run = this.#run
    this.#run = undefined
    run?.timer.cancel()
    if (!run?.playing.wanted) return
    const { utterance, announced } = run.playing
    utterance.complete()
    if (announced) {
      this.#options.send({ type: 'play-end', utterance: utterance.id })
    } else {
      utterance.finish({ heardMs: 0, uncertaintyMs: 0 })
      this.#options.player.drop(run.playing)
    }
  }

  #begin(): Run {
    const { clock, player } = this.#options
    this.#run?.timer.cancel()
    this.#half = undefined
    const run: Run = {
      playing: player.add({ verb: 'write', inLine: false }),
      heardAtMs: clock.monotonic(),
      timer: { cancel: () => undefined },
    }
    this.#run = run
    if (run.playing.wanted) this.#watch(run)
    return run
  }

  #watch(run: Run): void {
    const { clock } = this.#options
    const waitMs = run.heardAtMs + pauseMs - clock.monotonic()
    // Written to meanwhile: the one timer goes on from here. It is 0 only by rounding.
    if (waitMs > 0) run.timer = clock.after(waitMs, () => this.#watch(run))
    else this.end()
  }

  /** 16-bit audio up to its last whole sample; the half of one waits, or all later audio would be noise. */
  #wholeSamples(bytes: Uint8Array): Uint8Array {
    const audio: Uint8Array = this.#half === undefined ? bytes : Buffer.concat([Uint8Array.of(this.#half), bytes])
    if (audio.length % 2 === 0) {
      this.#half = undefined
      return audio
    }
    this.#half = audio.at(-1)
    return audio.subarray(0, -1)
  }
}

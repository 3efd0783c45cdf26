import type { Clock, Timer } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { MachineLoad } from '../../lib/machine-load.ts'
import { type CapacityState, estimateRoom, firstState, nextState, type Room } from './capacity-estimate.ts'

interface CapacityOptions {
  readonly meter: { read(): MachineLoad }
  /** Calls that run. */
  readonly calls: () => number
  readonly clock: Clock
  readonly log: Log
}

const readEveryMs = 1000

/** How many calls this node can take, as it measures itself. Those that it has are never ended for that. */
export class Capacity implements Disposable {
  readonly #options: CapacityOptions
  #load: MachineLoad
  #state: CapacityState
  #readAt: number
  #timer: Timer
  #full = false
  #lateFrames = 0

  constructor(options: CapacityOptions) {
    this.#options = options
    this.#load = options.meter.read()
    this.#state = firstState(this.#load)
    this.#readAt = options.clock.monotonic()
    this.#timer = this.#wait()
  }

  [Symbol.dispose](): void {
    this.#timer.cancel()
  }

  /** As it was measured last. */
  get load(): MachineLoad {
    return this.#load
  }

  get room(): Room {
    return estimateRoom(this.#state, this.#options.calls())
  }

  /** Frames of a call left too late: its caller heard a gap. */
  late(frames: number): void {
    this.#lateFrames += frames
  }

  /** Whether another call is taken. Once it is full it is so until there is room for a few: not one out, one in. */
  get hasRoom(): boolean {
    const { calls, log } = this.#options
    const running = calls()
    const { room, limit } = estimateRoom(this.#state, running)
    const full = room < (this.#full ? Math.max(2, Math.ceil(running / 20)) : 1)
    if (full && !this.#full) log.warn({ calls: running, limit }, 'the node is full: more calls would harm those it has')
    this.#full = full
    return !full
  }

  #wait(): Timer {
    return this.#options.clock.after(readEveryMs, () => {
      const { meter, calls, clock } = this.#options
      const now = clock.monotonic()
      this.#load = meter.read()
      const stretch = { load: this.#load, calls: calls(), lateFrames: this.#lateFrames, elapsedMs: now - this.#readAt }
      this.#state = nextState(this.#state, stretch)
      this.#lateFrames = 0
      this.#readAt = now
      this.#timer = this.#wait()
    })
  }
}

/** What the frames of one call came to, as the bot saw them. */
export interface Arrivals {
  readonly frames: number
  /** How much later, in frames, the end of the call is than the beginning, on a schedule of 20 ms. */
  readonly driftFrames: number
  /** Milliseconds behind the schedule that the most punctual frame of the first ten seconds set, of each frame, in order of size. */
  readonly latenessMs: readonly number[]
}

const frameMs = 20
/** Ten seconds: long enough that a stall does not pass for drift. */
const edgeFrames = 500

export class ArrivalLog {
  readonly #arrivedAt: number[] = []

  add(atMs: number): void {
    this.#arrivedAt.push(atMs)
  }

  summary(): Arrivals {
    const offsets = this.#arrivedAt.map((atMs, index) => atMs - index * frameMs)
    const edge = Math.min(edgeFrames, Math.floor(offsets.length / 2))
    const onTime = offsets.slice(0, edgeFrames).reduce((least, offset) => Math.min(least, offset), Infinity)
    const first = offsets.slice(0, edge)
    const last = offsets.slice(offsets.length - edge)
    return {
      frames: offsets.length,
      driftFrames: edge === 0 ? 0 : (quantile(inOrder(last), 0.5) - quantile(inOrder(first), 0.5)) / frameMs,
      latenessMs: inOrder(offsets.map((offset) => offset - onTime)),
    }
  }
}

export const inOrder = (values: readonly number[]): readonly number[] => Array.from(Float64Array.from(values).sort())

/** `values` are in order; 0 for none. */
export const quantile = (values: readonly number[], share: number): number =>
  values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0

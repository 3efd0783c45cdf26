import { polyphaseFilter, type PolyphaseFilter } from './polyphase-filter.ts'

/**
 * Changes the sample rate of a stream of mono samples. How the stream is cut into pushes changes nothing in the output.
 * Output is aligned with the input, and 40 samples of the lower rate behind it (5 ms at 8 kHz): the filter looks ahead.
 */
export class Resampler {
  readonly #filter: PolyphaseFilter
  /** Input that output still to come is made of. It starts with the silence before the stream. */
  #pending: Int16Array
  /** Where the next output sample lies, from the first pending sample that it is made of, in input samples × up. */
  #position = 0
  #takenSamples = 0
  #givenSamples = 0

  /** Rates are whole numbers of hertz. Equal rates pass samples through as they are. */
  constructor(fromHz: number, toHz: number) {
    if (![fromHz, toHz].every((rateHz) => Number.isInteger(rateHz) && rateHz > 0)) {
      throw new RangeError(`cannot resample from ${fromHz} Hz to ${toHz} Hz`)
    }
    this.#filter = polyphaseFilter(fromHz, toHz)
    this.#pending = new Int16Array(this.#filter.reach - 1)
  }

  /** Takes samples and returns those that are due: of a short push, perhaps none. */
  push(samples: Int16Array): Int16Array {
    const { up, down } = this.#filter
    if (up === down) return samples
    this.#takenSamples += samples.length
    const output = this.#advance(samples)
    this.#givenSamples += output.length
    return output
  }

  /** Ends the stream: its last samples. In all, round(input × to / from) come out. The next push starts a new stream. */
  flush(): Int16Array {
    const { up, down, reach } = this.#filter
    const dueSamples = Math.round((this.#takenSamples * up) / down) - this.#givenSamples
    const output = this.#advance(new Int16Array(reach)).subarray(0, dueSamples)
    this.#pending = new Int16Array(reach - 1)
    this.#position = this.#takenSamples = this.#givenSamples = 0
    return output
  }

  #advance(samples: Int16Array): Int16Array {
    const { up, down, reach, rows } = this.#filter
    const input = concat(this.#pending, samples)
    const lastStart = input.length - 2 * reach
    const output = new Int16Array(Math.max(0, Math.ceil(((lastStart + 1) * up - this.#position) / down)))
    for (let i = 0; i < output.length; i++) {
      const row = rows[Math.floor(((this.#position % up) * rows.length) / up)] ?? noTaps
      output[i] = weightedSum(row, input, Math.floor(this.#position / up))
      this.#position += down
    }
    this.#pending = input.slice(Math.floor(this.#position / up))
    this.#position %= up
    return output
  }
}

/** The whole of `samples` at another rate. */
export const resample = (samples: Int16Array, fromHz: number, toHz: number): Int16Array => {
  const resampler = new Resampler(fromHz, toHz)
  return concat(resampler.push(samples), resampler.flush())
}

const noTaps = new Float64Array()

const weightedSum = (taps: Float64Array, input: Int16Array, start: number): number => {
  let sum = 0
  for (let i = 0; i < taps.length; i++) sum += (taps[i] ?? 0) * (input[start + i] ?? 0)
  return Math.max(-32_768, Math.min(32_767, Math.round(sum)))
}

const concat = (head: Int16Array, tail: Int16Array): Int16Array => {
  const whole = new Int16Array(head.length + tail.length)
  whole.set(head)
  whole.set(tail, head.length)
  return whole
}

/** A low-pass filter for changing the sample rate by up / down, cut into one row of taps for each position in between. */
export interface PolyphaseFilter {
  /** Output sample n lies at input sample n × down / up. */
  readonly up: number
  readonly down: number
  /** Input samples on each side of an output sample that it is made of. */
  readonly reach: number
  /** Row r serves output that lies r / rows.length past an input sample; it has 2 × reach taps that sum to 1. */
  readonly rows: readonly Float64Array[]
}

/**
 * Zero crossings of the sinc on each side. With the Blackman window (−74 dB), 40 make a transition band of 14 %: from
 * 3.45 kHz, just above the telephone band, to the 4 kHz that an 8 kHz rate can hold.
 */
const zeroCrossings = 40
const transitionBand = 5.5 / zeroCrossings

/** Enough for every pair of usual rates; odd pairs round to the nearest of these positions and stay at −75 dB. */
const mostRows = 2048

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

/** 1 in the middle, 0 at −1 and 1. */
const blackman = (x: number): number => 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x)

const designFilter = (up: number, down: number): PolyphaseFilter => {
  const lowerRate = Math.min(1, up / down)
  const reach = Math.ceil(zeroCrossings / lowerRate)
  const bandwidth = lowerRate * (1 - transitionBand / 2)
  const rowCount = Math.min(up, mostRows)
  const rows = Array.from({ length: rowCount }, (_, row) => {
    const taps = Float64Array.from({ length: 2 * reach }, (_, tap) => {
      const distance = tap - reach + 1 - row / rowCount
      return sinc(bandwidth * distance) * blackman(distance / reach)
    })
    const sum = taps.reduce((sum, tap) => sum + tap, 0)
    return taps.map((tap) => tap / sum)
  })
  return { up, down, reach, rows }
}

/** A process meets a handful of ratios, and hundreds of calls share their tables. */
const filters = new Map<string, PolyphaseFilter>()

export const polyphaseFilter = (fromHz: number, toHz: number): PolyphaseFilter => {
  const divisor = greatestCommonDivisor(fromHz, toHz)
  const up = toHz / divisor
  const down = fromHz / divisor
  const key = `${up}/${down}`
  const filter = filters.get(key) ?? designFilter(up, down)
  filters.set(key, filter)
  return filter
}

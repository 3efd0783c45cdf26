import { Fft } from './fft.ts'

/** Twice the longest pattern and a little: a block gives about as many positions as the pattern is long. */
const fft = new Fft(8192)
const blockRe = new Float64Array(fft.length)
const blockIm = new Float64Array(fft.length)
export const longestPattern = 4000

/** Quieter than this, on the 16-bit scale, is silence, in which nothing is found. About −55 dBFS. */
const silentRms = 40

/** Normalised cross-correlation of one pattern with much audio: 1 where the audio is the pattern, at whatever level. */
export class Correlator {
  readonly patternLength: number
  readonly #norm: number
  readonly #patternRe = new Float64Array(fft.length)
  readonly #patternIm = new Float64Array(fft.length)

  constructor(pattern: Int16Array) {
    if (pattern.length === 0 || pattern.length > longestPattern) throw new RangeError(`${pattern.length} samples`)
    this.patternLength = pattern.length
    this.#norm = Math.sqrt(energyOf(pattern))
    this.#patternRe.set(pattern)
    fft.forward(this.#patternRe, this.#patternIm)
  }

  /** One value for each position at which the whole pattern lies in `audio`. */
  correlate(audio: Int16Array): Float64Array {
    const positions = Math.max(0, audio.length - this.patternLength + 1)
    const values = new Float64Array(positions)
    const step = fft.length - this.patternLength + 1
    for (let at = 0; at < positions; at += step) {
      this.#correlateBlock(audio.subarray(at, at + fft.length), values.subarray(at, at + step))
    }
    return values
  }

  #correlateBlock(audio: Int16Array, values: Float64Array): void {
    const needed = silentRms ** 2 * this.patternLength
    let windowEnergy = energyOf(audio.subarray(0, this.patternLength))
    if (energyOf(audio) < needed) return
    this.#multiply(audio)
    for (let i = 0; i < values.length; i++) {
      const correlation = (blockRe[i] ?? 0) / fft.length
      if (windowEnergy >= needed) values[i] = correlation / (this.#norm * Math.sqrt(windowEnergy))
      windowEnergy += (audio[i + this.patternLength] ?? 0) ** 2 - (audio[i] ?? 0) ** 2
    }
  }

  #multiply(audio: Int16Array): void {
    const re = blockRe.fill(0)
    const im = blockIm.fill(0)
    re.set(audio)
    fft.forward(re, im)
    for (let i = 0; i < fft.length; i++) {
      const [a, b] = [re[i] ?? 0, im[i] ?? 0]
      const [c, d] = [this.#patternRe[i] ?? 0, -(this.#patternIm[i] ?? 0)]
      re[i] = a * c - b * d
      im[i] = a * d + b * c
    }
    fft.inverse(re, im)
  }
}

/** Of two pieces of the same length, sample by sample; 0 when either is silent. */
export function similarity(one: Int16Array, other: Int16Array): number {
  let product = 0
  for (let i = 0; i < one.length; i++) product += (one[i] ?? 0) * (other[i] ?? 0)
  const energies = energyOf(one) * energyOf(other)
  return energies > 0 ? product / Math.sqrt(energies) : 0
}

export function energyOf(samples: Int16Array): number {
  let energy = 0
  for (const sample of samples) energy += sample * sample
  return energy
}

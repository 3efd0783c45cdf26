/** Fourier transforms of one length, a power of two, in place. */
export class Fft {
  readonly length: number
  readonly #cosines: Float64Array
  readonly #sines: Float64Array

  constructor(length: number) {
    this.length = length
    const angle = (i: number) => (2 * Math.PI * i) / length
    this.#cosines = Float64Array.from({ length: length / 2 }, (_, i) => Math.cos(angle(i)))
    this.#sines = Float64Array.from({ length: length / 2 }, (_, i) => -Math.sin(angle(i)))
  }

  forward(re: Float64Array, im: Float64Array): void {
    reorder(re, im)
    for (let half = 1; half < this.length; half *= 2) {
      const stride = this.length / (2 * half)
      for (let start = 0; start < this.length; start += 2 * half) this.#butterflies(re, im, start, half, stride)
    }
  }

  /** Without the division by `length`. */
  inverse(re: Float64Array, im: Float64Array): void {
    this.forward(im, re)
  }

  #butterflies(re: Float64Array, im: Float64Array, start: number, half: number, stride: number): void {
    for (let k = 0; k < half; k++) {
      const cosine = this.#cosines[k * stride] ?? 0
      const sine = this.#sines[k * stride] ?? 0
      const upper = start + k
      const lower = upper + half
      const lowerRe = re[lower] ?? 0
      const lowerIm = im[lower] ?? 0
      const turnedRe = lowerRe * cosine - lowerIm * sine
      const turnedIm = lowerRe * sine + lowerIm * cosine
      const upperRe = re[upper] ?? 0
      const upperIm = im[upper] ?? 0
      re[lower] = upperRe - turnedRe
      im[lower] = upperIm - turnedIm
      re[upper] = upperRe + turnedRe
      im[upper] = upperIm + turnedIm
    }
  }
}

/** Puts each value where its index with the bits reversed says. */
function reorder(re: Float64Array, im: Float64Array): void {
  const { length } = re
  for (let i = 1, reversed = 0; i < length; i++) {
    let bit = length >> 1
    for (; reversed & bit; bit >>= 1) reversed ^= bit
    reversed ^= bit
    if (i < reversed) {
      swap(re, i, reversed)
      swap(im, i, reversed)
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i] ?? 0
  values[i] = values[j] ?? 0
  values[j] = kept
}

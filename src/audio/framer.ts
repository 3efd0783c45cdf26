/** Cuts a stream of bytes into frames of one size, in order. */
export class Framer {
  readonly #frameBytes: number
  /** The start of a frame whose end has not come yet. A copy: the caller may reuse what it pushed. */
  #partial: Uint8Array
  #partialBytes = 0

  constructor(frameBytes: number) {
    if (!Number.isInteger(frameBytes) || frameBytes < 1) throw new RangeError(`frame of ${frameBytes} bytes`)
    this.#frameBytes = frameBytes
    this.#partial = new Uint8Array(frameBytes)
  }

  /** The frames that `bytes` completes. Those that lie within `bytes` are views of it. */
  push(bytes: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = []
    let offset = 0
    if (this.#partialBytes > 0) {
      offset = this.#fill(bytes)
      if (this.#partialBytes < this.#frameBytes) return frames
      frames.push(this.#partial)
      this.#partial = new Uint8Array(this.#frameBytes)
      this.#partialBytes = 0
    }
    for (; offset + this.#frameBytes <= bytes.length; offset += this.#frameBytes) {
      frames.push(bytes.subarray(offset, offset + this.#frameBytes))
    }
    this.#fill(bytes.subarray(offset))
    return frames
  }

  /** The bytes of the unfinished frame, if any. The next push starts a new one. */
  flush(): Uint8Array | undefined {
    if (this.#partialBytes === 0) return undefined
    const rest = this.#partial.slice(0, this.#partialBytes)
    this.#partialBytes = 0
    return rest
  }

  #fill(bytes: Uint8Array): number {
    const head = bytes.subarray(0, this.#frameBytes - this.#partialBytes)
    this.#partial.set(head, this.#partialBytes)
    this.#partialBytes += head.length
    return head.length
  }
}

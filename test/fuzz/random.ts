/** A sequence that follows from its seed (mulberry32), and what is made of it. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** Whole, from 0 up to, and without, `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(first: T, ...others: readonly T[]): T {
    const index = this.below(others.length + 1)
    return index === 0 ? first : (others[index - 1] ?? first)
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = this.below(256)
    return bytes
  }

  /** Mostly short, seldom long; characters that parsers trip over. */
  text(): string {
    const length = this.chance(0.02) ? this.below(2000) : this.below(12)
    let text = ''
    while (text.length < length) text += this.pick('a', 'Z', '0', '9', '-', '+', '%', ' ', ...awkward)
    return text
  }

  number(): number {
    return this.pick(0, 1, -1, 20, 8000, 16_000, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, this.below(100_000))
  }

  /** Any JSON value, nested a few times at most. */
  json(depth = 3): unknown {
    const kind = this.below(depth > 0 ? 8 : 6)
    if (kind === 0) return null
    if (kind === 1) return this.chance(0.5)
    if (kind === 2) return this.number()
    if (kind < 6) return this.text()
    const length = this.below(4)
    if (kind === 6) return Array.from({ length }, () => this.json(depth - 1))
    return Object.fromEntries(Array.from({ length }, () => [this.name(), this.json(depth - 1)]))
  }

  name(): string {
    return this.pick('event', 'media', 'start', 'payload', 'streamId', 'name', '__proto__', 'constructor', this.text())
  }
}

const awkward = [
  '"',
  '\\',
  '<',
  '>',
  '&',
  ';',
  '=',
  ',',
  '/',
  '#',
  '\0',
  '\n',
  'é',
  '漢',
  '\u{1f600}',
  '\ud800',
  '\u2028',
]

/** Longest line that is kept in one piece, in characters. */
const maxLine = 8192

type Stream = 'stdout' | 'stderr'

/** Turns what a bot prints, piece by piece, into lines. */
export class PrintedLines {
  readonly #onLine: (stream: Stream, line: string) => void
  readonly #rest: Record<Stream, string> = { stdout: '', stderr: '' }

  constructor(onLine: (stream: Stream, line: string) => void) {
    this.#onLine = onLine
  }

  add(stream: Stream, text: string): void {
    const lines = (this.#rest[stream] + text).split('\n')
    this.#rest[stream] = lines.pop() ?? ''
    for (const line of lines) this.#onLine(stream, line)
    while (this.#rest[stream].length > maxLine) {
      this.#onLine(stream, this.#rest[stream].slice(0, maxLine))
      this.#rest[stream] = this.#rest[stream].slice(maxLine)
    }
  }

  /** What stands without its line end is a line too, once nothing more can come. */
  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#rest[stream] !== '') this.#onLine(stream, this.#rest[stream])
      this.#rest[stream] = ''
    }
  }
}

import type { Clock, Timer } from '../../lib/clock.ts'

const flushAfterMs = 500
const longestLine = 8192
const maxLines = 10_000

interface BuildLogOptions {
  readonly append: (lines: readonly string[]) => Promise<void>
  readonly clock: Clock
}

/** What a build prints, line by line, written down now and then. */
export class BuildLog {
  readonly #options: BuildLogOptions
  #rest = ''
  #lines: string[] = []
  #count = 0
  #timer: Timer | undefined
  #written: Promise<void> = Promise.resolve()

  constructor(options: BuildLogOptions) {
    this.#options = options
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/)
    this.#rest = (lines.pop() ?? '').slice(0, longestLine)
    for (const line of lines) this.#line(line)
    this.#timer ??= this.#options.clock.after(flushAfterMs, () => this.#flush())
  }

  /** The last words. Resolves when all is written. */
  async end(): Promise<void> {
    this.#line(this.#rest)
    this.#rest = ''
    this.#timer?.cancel()
    this.#flush()
    await this.#written
  }

  #line(line: string): void {
    if (line === '' || this.#count > maxLines) return
    this.#count++
    this.#lines.push(this.#count > maxLines ? '… what comes after is left out' : line.slice(0, longestLine))
  }

  #flush(): void {
    this.#timer = undefined
    const lines = this.#lines
    this.#lines = []
    if (lines.length > 0) this.#written = this.#written.then(() => this.#options.append(lines)).catch(() => undefined)
  }
}

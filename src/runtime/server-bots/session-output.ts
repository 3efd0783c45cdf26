import type { Clock } from '../../lib/clock.ts'
import type { LinkListener } from '../link.ts'
import { PrintBudget } from '../print-budget.ts'

type Stream = 'stdout' | 'stderr'
type Printer = Pick<LinkListener, 'onPrint'>

interface SessionOutputOptions {
  readonly clock: Clock
  /** A line that belongs to no session. */
  readonly onLine: (stream: Stream, line: string) => void
}

/** A line that goes on beyond this is cut, in characters. */
const longestLine = 8192
/** A session's last words may come behind its end. */
const lastWordsMs = 1000

const sessionId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/**
 * Finds out which session a server bot prints for: a line that holds the session's id, as each of the base image's does, is
 * that session's; any other belongs to the session that runs.
 */
export class SessionOutput {
  readonly #options: SessionOutputOptions
  readonly #running = new Map<string, Printer>()
  #last: { readonly id: string; readonly printer: Printer; readonly endedAt: number } | undefined
  readonly #rest: Record<Stream, string> = { stdout: '', stderr: '' }
  readonly #budget: PrintBudget

  constructor(options: SessionOutputOptions) {
    this.#options = options
    this.#budget = new PrintBudget(options.clock)
  }

  begin(id: string, printer: Printer): void {
    this.#running.set(id, printer)
  }

  end(id: string): void {
    const printer = this.#running.get(id)
    if (!printer) return
    this.#running.delete(id)
    this.#last = { id, printer, endedAt: this.#options.clock.monotonic() }
  }

  add(stream: Stream, text: string): void {
    const lines = (this.#rest[stream] + text).split('\n')
    let rest = lines.pop() ?? ''
    for (const line of lines) this.#add(stream, line.slice(0, longestLine))
    while (rest.length > longestLine) {
      this.#add(stream, rest.slice(0, longestLine))
      rest = rest.slice(longestLine)
    }
    this.#rest[stream] = rest
  }

  /** What stands without its line end, once nothing more can come. */
  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#rest[stream] !== '') this.#add(stream, this.#rest[stream])
      this.#rest[stream] = ''
    }
  }

  #add(stream: Stream, line: string): void {
    this.#budget.pass(line, (said) => this.#tell(stream, said))
  }

  #tell(stream: Stream, line: string): void {
    const printer = this.#printerOf(line)
    if (printer) printer.onPrint(stream, `${line}\n`)
    else this.#options.onLine(stream, line)
  }

  #printerOf(line: string): Printer | undefined {
    for (const [id] of line.matchAll(sessionId)) {
      const named = this.#running.get(id) ?? (this.#last?.id === id ? this.#last.printer : undefined)
      if (named) return named
    }
    if (this.#running.size === 1) return [...this.#running.values()][0]
    if (this.#running.size > 0 || !this.#last) return undefined
    const isFresh = this.#options.clock.monotonic() - this.#last.endedAt < lastWordsMs
    return isFresh ? this.#last.printer : undefined
  }
}

/** A log's output of which only the errors are kept, each sentence once. */
export class Complaints {
  readonly #counts = new Map<string, number>()

  /** Takes a line of pino's. */
  write(line: string): void {
    if (!line.includes('"level":50')) return
    const { msg, reason, detail } = JSON.parse(line) as Record<string, unknown>
    const sentence = [msg, reason, detail].filter((part) => typeof part === 'string').join(': ')
    this.#counts.set(sentence, (this.#counts.get(sentence) ?? 0) + 1)
  }

  get sentences(): readonly string[] {
    return [...this.#counts].map(([sentence, count]) => (count === 1 ? sentence : `${sentence} (${count} times)`))
  }
}

import { expect } from 'vitest'
import type { Log, LogFields } from '../../src/lib/log.ts'
import { patience } from './patience.ts'

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** Those of the line and of the logs it came through. */
  readonly fields: LogFields
}

type Wanted = string | RegExp

/** A log that keeps what it is told, for tests to look at. */
export class CollectedLog implements Log {
  readonly entries: LogEntry[]
  readonly #fields: LogFields

  constructor(entries: LogEntry[] = [], fields: LogFields = {}) {
    this.entries = entries
    this.#fields = fields
  }

  debug(fields: LogFields, message: string): void {
    this.#add('debug', fields, message)
  }

  info(fields: LogFields, message: string): void {
    this.#add('info', fields, message)
  }

  warn(fields: LogFields, message: string): void {
    this.#add('warn', fields, message)
  }

  error(fields: LogFields, message: string): void {
    this.#add('error', fields, message)
  }

  child(fields: LogFields): CollectedLog {
    return new CollectedLog(this.entries, { ...this.#fields, ...fields })
  }

  /** The lines whose message is, or matches, `wanted`; those from `since` on, an earlier length of `entries`. */
  all(wanted: Wanted, since = 0): LogEntry[] {
    const fits = (message: string) => (typeof wanted === 'string' ? message === wanted : wanted.test(message))
    return this.entries.slice(since).filter(({ message }) => fits(message))
  }

  /** Waits for the first such line. */
  async until(wanted: Wanted, since = 0): Promise<LogEntry> {
    await expect.poll(() => this.all(wanted, since).length, patience).toBeGreaterThan(0)
    const [first] = this.all(wanted, since)
    if (!first) throw new Error(`${wanted} went away`)
    return first
  }

  #add(level: LogEntry['level'], fields: LogFields, message: string): void {
    this.entries.push({ level, message, fields: { ...this.#fields, ...fields } })
  }
}

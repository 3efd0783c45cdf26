import { messageOf } from './errors.ts'
import type { Log } from './log.ts'

interface OutageOptions {
  /** For the log, when it begins. */
  readonly begins: string
  /** For the log, when it is over. */
  readonly ends: string
  readonly log: Log
}

/** Of something that is tried again and again: the log has a line when it begins to fail, and one when it works again. */
export class Outage {
  readonly #options: OutageOptions
  #isOn = false

  constructor(options: OutageOptions) {
    this.#options = options
  }

  failed(error: unknown): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#options.log.warn({ error: messageOf(error) }, this.#options.begins)
  }

  worked(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#options.log.info({}, this.#options.ends)
  }
}

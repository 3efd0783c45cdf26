import { type Clock, sleep } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { Recorded } from '../detours/detour.ts'
import { isSilence, messageSilenceMs } from './message-silence.ts'
import type { LeftMessage, OverflowWatcher } from './overflow-watcher.ts'

interface LeftMessagesOptions {
  readonly watcher: OverflowWatcher | undefined
  readonly clock: Clock
  readonly log: Log
}

/** How long the question what next may take that tells a silent caller from one who spoke briefly and hung up. */
const questionMs = 2000
/** How long it is known that a caller said nothing. */
const rememberMs = 300_000

/** What callers say to the carrier's recorder with no bot there. Recordings of nothing are no messages. */
export class LeftMessages {
  readonly #options: LeftMessagesOptions
  readonly #silent = new Map<string, number>()

  constructor(options: LeftMessagesOptions) {
    this.#options = options
  }

  /** The carrier is done with recording, and the caller is still there. Returns whether something was said. */
  cameBack(callId: string, recorded: Recorded | undefined): boolean {
    if (recorded && !isSilence(recorded, messageSilenceMs)) return true
    const now = this.#options.clock.monotonic()
    for (const [id, at] of this.#silent) if (now - at > rememberMs) this.#silent.delete(id)
    this.#silent.set(callId, now)
    return false
  }

  /** The carrier has a file. Resolves to whether it is a message. */
  async recorded(message: LeftMessage): Promise<boolean> {
    const { callId, recorded } = message
    const { clock, watcher, log } = this.#options
    if (isSilence(recorded, messageSilenceMs)) await sleep(clock, questionMs)
    if (recorded.durationMs === 0 || this.#silent.has(callId)) return false
    log.info({ call: callId, url: recorded.url }, 'a caller left a message')
    watcher?.onMessage(message)
    return true
  }
}

import type { Log } from '../lib/log.ts'
import { type CallFacts, whoCalls } from './call-facts.ts'
import type { SessionBegin, SessionResume, SessionWatcher, WatchedSession } from './session-watcher.ts'

interface SessionNewsOptions {
  readonly session: WatchedSession & { readonly call: CallFacts }
  readonly watcher: SessionWatcher | undefined
  readonly maskNumbers: boolean | undefined
  readonly log: Log
}

/** What the log and whoever keeps records are told of a session's bots. */
export class SessionNews {
  readonly #options: SessionNewsOptions
  #spoke = false

  constructor(options: SessionNewsOptions) {
    this.#options = options
  }

  /** The call's first bot gets it. */
  begun(begin: SessionBegin): void {
    const { session, watcher, maskNumbers, log } = this.#options
    log.info({ instance: begin.instanceId, ...whoCalls(session.call, maskNumbers) }, 'call started')
    watcher?.onBegun(session, begin)
  }

  /** A bot gets it that another had. */
  resumed({ instanceId, reason, count }: SessionResume): void {
    const { session, watcher, log } = this.#options
    log.info({ instance: instanceId, reason, count }, 'call resumed')
    watcher?.onResumed?.(session, { instanceId, reason, count })
  }

  /** A bot has something for the caller to hear; the first time is news. */
  spoke(ageMs: number): void {
    if (this.#spoke) return
    this.#spoke = true
    const { session, watcher } = this.#options
    watcher?.onSpoke?.(session, ageMs)
  }

  printed(stream: 'stdout' | 'stderr', line: string): void {
    const { session, watcher, log } = this.#options
    log.info({ stream, bot: true }, line)
    watcher?.onPrinted(session, stream, line)
  }
}

import type { LiveEvent } from '../control/agent-runtime.ts'

/** Events that wait for a listener who does not read; older ones are dropped. */
const maxWaiting = 1000

/** What happens in organizations, told to whoever listens at the moment. */
export class LiveEvents {
  readonly #listeners = new Map<string, Set<(event: LiveEvent) => void>>()

  emit(organizationId: string, event: LiveEvent): void {
    for (const hear of this.#listeners.get(organizationId) ?? []) hear(event)
  }

  /** Those of one organization, from now on until `signal` fires. */
  async *listen(organizationId: string, signal: AbortSignal): AsyncGenerator<LiveEvent, void, undefined> {
    const waiting: LiveEvent[] = []
    let wake = () => {}
    const hear = (event: LiveEvent) => {
      if (waiting.push(event) > maxWaiting) waiting.shift()
      wake()
    }
    const listeners = this.#listeners.get(organizationId) ?? new Set()
    this.#listeners.set(organizationId, listeners)
    listeners.add(hear)
    const stop = () => wake()
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted) {
        const event = waiting.shift()
        if (event) yield event
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    } finally {
      signal.removeEventListener('abort', stop)
      listeners.delete(hear)
      if (listeners.size === 0) this.#listeners.delete(organizationId)
    }
  }
}

import type { Clock, Timer } from '../../lib/clock.ts'
import { type Probe, probe } from './http-probe.ts'

/** How a server bot does. `ready`: it takes sessions. `unready`: it does not now. `sick`: it says, or shows, that it is broken. */
export interface Health {
  readonly state: 'ready' | 'unready' | 'sick'
  /** What was asked and answered. */
  readonly why: string
}

/**
 * Asks a server bot how it does: `GET /livez`, then `GET /readyz`. A bot that knows neither path answers with an error of the
 * client's, 404 mostly, and counts as ready: that it answers is enough.
 */
async function askHealth(origin: string, timeoutMs: number, clock: Clock): Promise<Health> {
  const alive = await probe({ url: `${origin}/livez`, timeoutMs, clock })
  if (!isFine(alive)) return { state: 'sick', why: `GET /livez: ${describeProbe(alive)}` }
  const ready = await probe({ url: `${origin}/readyz`, timeoutMs, clock })
  return { state: isFine(ready) ? 'ready' : 'unready', why: `GET /readyz: ${describeProbe(ready)}` }
}

export const isFine = (asked: Probe): boolean => asked.type === 'answered' && asked.status < 500

export function describeProbe(asked: Probe): string {
  if (asked.type !== 'answered') return asked.why
  const text = asked.text.trim()
  return text === '' ? `${asked.status}` : `${asked.status} ${text}`
}

interface HealthWatchOptions {
  readonly origin: string
  readonly clock: Clock
  readonly onHealth: (health: Health) => void
}

/** A bot that loads something while it talks may be deaf for a while; that is no reason to doubt it sooner. */
const everyMs = 3000
const timeoutMs = 3000

/** Asks a server bot again and again how it does, and at once when told to. */
export class HealthWatch {
  readonly #options: HealthWatchOptions
  #timer: Timer | undefined
  #asking: Promise<void> | undefined
  #stopped = false

  constructor(options: HealthWatchOptions) {
    this.#options = options
    this.#later()
  }

  /** Asks now; resolves when the answer has been told. */
  ask(): Promise<void> {
    this.#timer?.cancel()
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
      this.#later()
    })
    return this.#asking
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  async #ask(): Promise<void> {
    const { origin, clock, onHealth } = this.#options
    const health = await askHealth(origin, timeoutMs, clock)
    if (!this.#stopped) onHealth(health)
  }

  #later(): void {
    if (this.#stopped) return
    this.#timer = this.#options.clock.after(everyMs, () => void this.ask())
  }
}

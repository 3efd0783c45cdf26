import { isIPv6 } from 'node:net'
import type { Context } from 'hono'
import type { Clock } from '../lib/clock.ts'
import { addressOf } from './address-of.ts'
import { refuseHaste } from './api-error.ts'
import type { ControlEnv } from './control-env.ts'
import { type Rate, RateLimit } from './rate-limit.ts'

const mostRemembered = 10_000

/**
 * How often an address may fail to say who it is. After that it is refused before the database is asked; but not with a
 * credential that was good the last time: the many who share an address do not pay for one of them.
 */
export class FailedAttempts {
  readonly #limit: RateLimit
  readonly #good = new Set<string>()

  constructor(rate: Rate, clock: Clock) {
    this.#limit = new RateLimit(rate, clock)
  }

  /** Throws 429 when the address has failed too often. */
  refuse(address: string, credential?: string): void {
    if (credential === undefined || !this.#good.has(credential)) refuseHaste(this.#limit.wait(networkOf(address)))
  }

  add(address: string, credential?: string): void {
    this.#limit.take(networkOf(address))
    if (credential !== undefined) this.#good.delete(credential)
  }

  succeeded(credential: string): void {
    if (this.#good.has(credential)) return
    const [oldest] = this.#good
    if (oldest !== undefined && this.#good.size >= mostRemembered) this.#good.delete(oldest)
    this.#good.add(credential)
  }

  /** Tries something that takes a credential: undefined, and whatever it throws, is a failure of the address. */
  async watch<T>(context: Context<ControlEnv>, attempt: () => Promise<T>): Promise<T> {
    const address = addressOf(context)
    this.refuse(address)
    try {
      const result = await attempt()
      if (result === undefined) this.add(address)
      return result
    } catch (error) {
      this.add(address)
      throw error
    }
  }
}

/** Whoever has an IPv6 address has the 2⁶⁴ around it, too. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const before = head.split(':').filter((group) => group !== '')
  const after = tail?.split(':').filter((group) => group !== '') ?? []
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}

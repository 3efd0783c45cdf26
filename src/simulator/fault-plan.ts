import type { FaultSpan, Faults, WebhookFault } from './faults.ts'
import { seededRandom } from './random.ts'

/** Kinds that happen to a single try of a webhook, in place of the server or after it. */
export type TryFault = Extract<WebhookFault, { fault: 'unreachable' | 'status' | 'slow' }>
export type SendFault = Exclude<WebhookFault, TryFault>

/** Stands for the upgrade request, which has no event. */
const upgradeEvent = 'Upgrade'

/** The faults of one call: says what goes wrong next, and writes it down. */
export class FaultPlan {
  readonly #faults: Faults
  readonly #write: (fault: string, text: string) => void
  readonly #webhookRandom: () => number
  readonly #mediaRandom: () => number
  readonly #timesLeft = new Map<WebhookFault, number>()
  readonly #noted = new Set<string>()
  #cut = false

  constructor(faults: Faults, write: (fault: string, text: string) => void) {
    const { seed = 1 } = faults
    this.#faults = faults
    this.#write = write
    // Two sequences: how many frames go out before a webhook is a matter of timing.
    this.#webhookRandom = seededRandom(seed)
    this.#mediaRandom = seededRandom(seed + 1)
    for (const fault of faults.webhooks ?? []) this.#timesLeft.set(fault, fault.times ?? 1)
  }

  /** Takes what happens to a webhook as a whole. */
  takeForSend(url: string, event: string | undefined): readonly SendFault[] {
    return this.#take(url, event).flatMap((fault) => (isTryFault(fault) ? [] : [fault]))
  }

  /** Takes what happens to one try of it. */
  takeForTry(url: string, event: string | undefined): TryFault | undefined {
    const candidates = this.#faults.webhooks?.filter(isTryFault) ?? []
    return candidates.find((fault) => this.#happens(fault, url, event))
  }

  /** Whether the upgrade of a stream has a wrong signature. */
  forgesUpgrade(url: string): boolean {
    const faults = this.#faults.webhooks?.filter((fault) => fault.event === upgradeEvent) ?? []
    return faults.some((fault) => fault.fault === 'wrong-signature' && this.#happens(fault, url, upgradeEvent))
  }

  /** Whether the next media frame is lost. */
  losesFrame(): boolean {
    const { loss = 0 } = this.#faults.media ?? {}
    const lost = loss > 0 && this.#mediaRandom() < loss
    if (lost) this.note('loss', 'a media frame was not sent')
    return lost
  }

  /** How much later than planned a message goes out that is due `atMs` after the stream's start. */
  delayMs(atMs: number): number {
    const { jitter, stalls = [] } = this.#faults.media ?? {}
    const stall = spanAt(stalls, atMs)
    if (stall) {
      this.#noteOnce(`stall ${stall.afterMs}`, 'stall', `no media for ${stall.ms} ms`)
      return stall.afterMs + stall.ms - atMs
    }
    return jitter ? jitterMs(jitter, this.#mediaRandom) : 0
  }

  get delaysMedia(): boolean {
    const { jitter, stalls = [] } = this.#faults.media ?? {}
    return jitter !== undefined || stalls.length > 0
  }

  get readingPauses(): readonly FaultSpan[] {
    return this.#faults.slowReader ?? []
  }

  /** When the open socket is to be cut; once. */
  takeCut(): number | undefined {
    if (this.#cut) return undefined
    this.#cut = true
    return this.#faults.cutSocketAfterMs
  }

  note(fault: string, text: string): void {
    this.#write(fault, text)
  }

  #noteOnce(key: string, fault: string, text: string): void {
    if (this.#noted.has(key)) return
    this.#noted.add(key)
    this.note(fault, text)
  }

  #take(url: string, event: string | undefined): readonly WebhookFault[] {
    const candidates = this.#faults.webhooks?.filter((fault) => !isTryFault(fault)) ?? []
    return candidates.filter((fault) => this.#happens(fault, url, event))
  }

  #happens(fault: WebhookFault, url: string, event: string | undefined): boolean {
    const left = this.#timesLeft.get(fault) ?? 0
    if (left === 0 || !url.includes(fault.url ?? '')) return false
    if (fault.event !== undefined && fault.event !== event) return false
    if (fault.chance !== undefined && this.#webhookRandom() >= fault.chance) return false
    this.#timesLeft.set(fault, left - 1)
    this.note(fault.fault, `${event ?? 'a request'} to ${url}: ${describe(fault)}`)
    return true
  }
}

const isTryFault = (fault: WebhookFault): fault is TryFault => ['unreachable', 'status', 'slow'].includes(fault.fault)

const spanAt = (spans: readonly FaultSpan[], atMs: number): FaultSpan | undefined =>
  spans.find(({ afterMs, ms }) => atMs >= afterMs && atMs < afterMs + ms)

function jitterMs(
  { ms, distribution = 'uniform' }: { readonly ms: number; readonly distribution?: string },
  random: () => number,
): number {
  switch (distribution) {
    case 'exponential':
      return -ms * Math.log(1 - random())
    case 'normal':
      // Box and Muller; what comes early waits for nothing.
      return Math.abs(ms * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
    default:
      return ms * random()
  }
}

function describe(fault: WebhookFault): string {
  switch (fault.fault) {
    case 'duplicate':
      return 'is sent twice'
    case 'late':
      return `is sent ${fault.ms} ms late`
    case 'wrong-signature':
      return 'is signed with another token'
    case 'unreachable':
      return 'finds no server'
    case 'status':
      return `is answered with ${fault.status}`
    case 'slow':
      return `is answered ${fault.ms} ms late`
  }
}

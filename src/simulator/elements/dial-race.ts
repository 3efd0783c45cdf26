import { once } from 'node:events'
import { within, type CallContext, type DialledLeg } from '../call-context.ts'
import { confirmFailed, dialEnded, lostRace } from '../hangup-causes.ts'
import { sendTones } from '../sent-tones.ts'
import type { DialCallbacks } from './dial-callbacks.ts'
import { fetchSounds } from './dial-music.ts'
import type { Destination, DialSettings } from './dial-settings.ts'
import { playPrompt } from './prompt.ts'

/** All legs of a Dial, ringing at once: the first that is answered and confirmed wins, and the others lose (section 6). */
export class DialRace {
  readonly legs: readonly DialledLeg[]
  /** Whether any of them rang. */
  rang = false
  readonly #call: CallContext
  readonly #settings: DialSettings
  readonly #callbacks: DialCallbacks
  readonly #onRing: () => void

  constructor(call: CallContext, settings: DialSettings, callbacks: DialCallbacks, onRing: () => void) {
    this.#call = call
    this.#settings = settings
    this.#callbacks = callbacks
    this.#onRing = onRing
    this.legs = settings.destinations.map((destination) => this.#open(destination))
  }

  /** Resolves with the winner, or undefined when there is none; soon, when the call is halted. */
  async run(): Promise<DialledLeg | undefined> {
    const { promise, resolve } = Promise.withResolvers<DialledLeg | undefined>()
    const giveUp = () => resolve(undefined)
    const { halted } = this.#call
    halted.addEventListener('abort', giveUp, { once: true })
    if (halted.aborted) giveUp()
    const tries = this.legs.map(async (leg, i) => {
      if (await this.#wins(leg, this.#settings.destinations[i])) resolve(leg)
    })
    void Promise.all(tries).then(giveUp)
    const winner = await promise
    halted.removeEventListener('abort', giveUp)
    for (const leg of this.legs) if (leg !== winner) leg.call.end(winner ? lostRace : dialEnded)
    return winner
  }

  #open({ to, from, callerName, sipHeaders }: Destination): DialledLeg {
    const { timeline } = this.#call
    const leg = this.#call.openLeg({
      from,
      to,
      callerName,
      sipHeaders,
      ringTimeoutMs: this.#settings.ringTimeoutMs,
      onRing: () => {
        this.rang = true
        timeline.add({ type: 'leg-ringing', callUuid: leg.call.facts.callUuid, to })
        this.#onRing()
      },
    })
    timeline.add({ type: 'leg-dialled', callUuid: leg.call.facts.callUuid, to })
    this.#call.inBackground(this.#watchEnd(leg))
    return leg
  }

  /** A leg that goes its own way is none of this call's any more. */
  async #watchEnd(leg: DialledLeg): Promise<void> {
    if (!leg.away.aborted) await once(leg.away, 'abort')
    if (leg.onItsOwn) return
    const { hangup } = await leg.ended
    const { callUuid, to } = leg.call.facts
    this.#call.timeline.add({ type: 'leg-ended', callUuid, to, ...hangup })
  }

  async #wins(leg: DialledLeg, destination: Destination | undefined): Promise<boolean> {
    if (!(await leg.answered)) return false
    const { callUuid, to } = leg.call.facts
    this.#call.timeline.add({ type: 'leg-answered', callUuid, to })
    this.#callbacks.send('answer', leg)
    if (destination?.sendDigits !== undefined) {
      await sendTones(destination.sendDigits, leg.call.line, leg.call.timeline, leg.call.over)
    }
    return (await this.#confirm(leg)) && !leg.call.over.aborted
  }

  /** The one who answers hears the sound, over and over, until the key is pressed. */
  async #confirm(leg: DialledLeg): Promise<boolean> {
    const { confirmSound, confirmKey, confirmTimeoutMs } = this.#settings
    const { line, clock, over } = leg.call
    if (confirmKey === undefined && confirmSound === undefined) return true
    const first = line.digits.length
    const pressed = () => confirmKey !== undefined && line.digits.slice(first).includes(confirmKey)
    const asked = new AbortController()
    const timer = clock.after(confirmTimeoutMs, () => asked.abort())
    const asking = within(leg.call, asked.signal)
    const sounds = confirmSound === undefined ? [] : await fetchSounds(confirmSound, asking)
    const prompted = playPrompt(sounds, asking)
    if (confirmKey === undefined) await prompted
    else await line.when(pressed, asking.halted)
    timer.cancel()
    asked.abort()
    await prompted
    const confirmed = confirmKey === undefined || pressed()
    if (!confirmed && !over.aborted) leg.call.end(confirmFailed)
    return confirmed
  }
}

import type { CallContext, DialledLeg } from '../call-context.ts'
import { charges } from '../webhook-parameters.ts'
import type { WebhookParameters } from '../webhook-sender.ts'
import type { DialSettings } from './dial-settings.ts'

type DialAction = 'answer' | 'connected' | 'hangup' | 'digits'

const eventOf = {
  answer: 'DialAnswer',
  connected: 'DialConnected',
  hangup: 'DialHangup',
  digits: 'DialDigits',
} as const

/** Tells `callbackUrl` of Dial, if there is one, what its legs do (section 6). */
export class DialCallbacks {
  readonly #call: CallContext
  readonly #settings: DialSettings

  constructor(call: CallContext, settings: DialSettings) {
    this.#call = call
    this.#settings = settings
  }

  send(action: DialAction, leg: DialledLeg, more: WebhookParameters = {}): void {
    const { callbackUrl: url, callbackMethod: method } = this.#settings
    if (url === undefined) return
    const parameters = { ...this.#parameters(action, leg), ...more }
    this.#call.notify({ method, url, parameters }, (result) => ({ type: 'dial-callback', action, url, ...result }))
  }

  #parameters(action: DialAction, leg: DialledLeg): WebhookParameters {
    const { facts } = this.#call
    const far = leg.call.facts
    const { cause } = leg
    const { seconds, billedSeconds } = charges(far, this.#call.assumptions)
    return {
      CallUUID: facts.callUuid,
      From: facts.from,
      To: facts.to,
      Direction: facts.direction,
      Event: eventOf[action],
      DialAction: action,
      DialALegUUID: facts.callUuid,
      DialBLegUUID: far.callUuid,
      DialBLegFrom: far.from,
      DialBLegTo: far.to,
      DialBLegStatus: action === 'hangup' ? 'hangup' : 'answer',
      STIRVerification: 'Not Applicable',
      ...(cause && {
        DialBLegDuration: String(seconds),
        DialBLegBillDuration: String(billedSeconds),
        DialBLegHangupCause: cause.cause,
        DialBLegHangupCauseName: cause.name,
        DialBLegHangupCauseCode: String(cause.code),
        DialBLegHangupSource: cause.source,
      }),
    }
  }
}

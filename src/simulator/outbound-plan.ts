import { sleep } from '../lib/clock.ts'
import type { CallPlan } from './call.ts'
import type { CallContext } from './call-context.ts'
import type { Fallback } from './fetch-document.ts'
import { calleeDeclined, calleeHungUp, machineDetected } from './hangup-causes.ts'
import type { DocumentAddress } from './live-call.ts'
import type { PhoneBehaviour } from './phone-book.ts'
import { ring } from './ring.ts'
import { runDocuments } from './run-documents.ts'
import { sendTones } from './sent-tones.ts'
import { machineParameters, ringParameters } from './webhook-parameters.ts'
import type { HttpMethod } from './webhook-sender.ts'

export interface MachineDetection {
  /** `true` goes on and tells; `hangup` ends the call with 9100. */
  readonly mode: 'true' | 'hangup'
  readonly url?: string
  /** Default `POST`. */
  readonly method?: HttpMethod
  /** How long Plivo listens; Plivo takes 2000 to 10 000. */
  readonly timeMs: number
}

export interface OutboundSettings {
  readonly answer: DocumentAddress
  readonly ring: DocumentAddress | undefined
  readonly fallback: Fallback | undefined
  readonly phone: PhoneBehaviour
  readonly ringTimeoutMs: number
  readonly hangupOnRingMs: number | undefined
  readonly sendDigits: string | undefined
  readonly machineDetection: MachineDetection | undefined
}

/** Plivo dials somebody for the REST API's Make Call (section 1.2). */
export const outboundPlan = (settings: OutboundSettings): CallPlan => ({
  answerUrl: settings.answer.url,
  script: scriptOf(settings.phone),
  hungUp: (answered) => (answered ? calleeHungUp : calleeDeclined),
  async run(call) {
    const refusal = await ring(call, { ...settings, onRing: () => tellRinging(settings.ring, call) })
    if (refusal) return refusal
    call.answer()
    call.inBackground(detectMachine(settings, call))
    if (settings.sendDigits !== undefined) void sendTones(settings.sendDigits, call.line, call.timeline, call.over)
    return runDocuments({ purpose: 'answer', ...settings.answer }, settings.fallback, call)
  },
})

export const scriptOf = (phone: PhoneBehaviour) => ('answers' in phone ? (phone.script ?? []) : [])

function tellRinging(address: DocumentAddress | undefined, call: CallContext): void {
  call.timeline.add({ type: 'ringing' })
  if (!address) return
  const { url, method } = address
  const parameters = ringParameters(call.facts)
  call.notify({ url, method, parameters }, (result) => ({ type: 'ring-webhook', url, ...result }))
}

async function detectMachine({ machineDetection, phone }: OutboundSettings, call: CallContext): Promise<void> {
  const { clock, over, assumptions } = call
  if (!machineDetection || !('answers' in phone) || phone.machine !== true) return
  const { mode, url, method = 'POST', timeMs } = machineDetection
  await sleep(clock, Math.min(assumptions.machineDetectionMs, timeMs), over)
  if (over.aborted) return
  call.foundMachine()
  if (url !== undefined) {
    const parameters = machineParameters(call.facts, mode === 'hangup' ? 'hangup' : 'continue')
    call.notify({ url, method, parameters }, (result) => ({ type: 'machine-webhook', url, ...result }))
  }
  if (mode === 'hangup') call.end(machineDetected)
}

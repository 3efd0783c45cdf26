import { once } from 'node:events'
import type { Call, CallPlan } from './call.ts'
import type { CallContext, DialledLeg, LegOptions } from './call-context.ts'
import type { DocumentRequest } from './document-request.ts'
import { calleeDeclined, calleeHungUp, dialEnded, type HangupCause } from './hangup-causes.ts'
import { scriptOf } from './outbound-plan.ts'
import type { PhoneBehaviour } from './phone-book.ts'
import { ring } from './ring.ts'
import { runDocuments } from './run-documents.ts'

/** A leg of `<Dial>`: it rings, is answered, and waits for what the one who dialled does with it (section 6). */
export class BridgedLeg {
  readonly plan: CallPlan
  readonly #answered = Promise.withResolvers<boolean>()
  readonly #ownDocument = new AbortController()
  #request: DocumentRequest | undefined

  constructor(phone: PhoneBehaviour, { ringTimeoutMs, onRing }: LegOptions) {
    this.plan = {
      answerUrl: '',
      script: scriptOf(phone),
      hungUp: (answered) => (answered ? calleeHungUp : calleeDeclined),
      run: async (call) => {
        const refusal = await ring(call, { phone, ringTimeoutMs, onRing })
        if (refusal || call.over.aborted) {
          this.#answered.resolve(false)
          return refusal ?? dialEnded
        }
        call.answer()
        this.#answered.resolve(true)
        return this.#stay(call)
      },
    }
  }

  begin(call: Call): DialledLeg {
    const answered = this.#answered.promise
    const sendTo = (request: DocumentRequest) => {
      this.#request = request
      this.#ownDocument.abort()
    }
    const onItsOwn = () => this.#request !== undefined
    return {
      call,
      answered,
      away: AbortSignal.any([call.over, this.#ownDocument.signal]),
      ended: call.ended,
      sendTo,
      get cause() {
        return call.cause
      },
      get onItsOwn() {
        return onItsOwn()
      },
    }
  }

  async #stay(call: CallContext): Promise<HangupCause> {
    const leaving = AbortSignal.any([call.over, this.#ownDocument.signal])
    if (!leaving.aborted) await once(leaving, 'abort')
    return this.#request && !call.over.aborted ? runDocuments(this.#request, undefined, call) : dialEnded
  }
}

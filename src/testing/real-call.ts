import { randomUUID } from 'node:crypto'
import { systemClock } from '../lib/clock.ts'
import type { Assumptions } from '../simulator/assumptions.ts'
import { CallEngine } from '../simulator/engine.ts'
import type { Faults } from '../simulator/faults.ts'
import { PhoneBook, type Phones } from '../simulator/phone-book.ts'
import type { SimulatedCall } from '../simulator/simulated-call.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import { HeldCall } from './held-call.ts'

export interface RealCallOptions {
  readonly answerUrl: string
  readonly method?: 'GET' | 'POST' | undefined
  readonly hangupUrl?: string | undefined
  /** Without it requests are not signed. */
  readonly authToken?: string | undefined
  /** `outbound`: the simulator calls `to`, and the answer URL says what is heard there. */
  readonly direction?: 'inbound' | 'outbound' | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly maxDurationMs: number
  readonly assumptions?: Partial<Assumptions> | undefined
  readonly faults?: Faults | undefined
  readonly phones?: Phones | undefined
  /** Where relative paths begin. Default: the working directory. */
  readonly folder?: string | undefined
}

/** Who calls, or is called in an outbound call. */
export const defaultPerson = '14155550100'
const plivoNumber = '14155550199'

/** A call by the simulator, over real sockets and in real time. */
export class RealCall extends HeldCall {
  private constructor(call: SimulatedCall, folder: string) {
    // Time passes by itself.
    super(call, { clock: systemClock, folder, pass: (awaited) => awaited })
  }

  /**
   * Dials. `ready` resolves at the first event that `isReady`, or when the call is over.
   * @throws TypeError when a URL is not http or https.
   */
  static dial(
    options: RealCallOptions,
    isReady: (event: TimelineEvent) => boolean,
  ): { readonly call: RealCall; readonly ready: Promise<void> } {
    const ready = Promise.withResolvers<void>()
    const onEvent = (event: TimelineEvent) => isReady(event) && ready.resolve()
    const call = new RealCall(place(options, onEvent), options.folder ?? process.cwd())
    return { call, ready: Promise.race([ready.promise, call.ended.then(() => undefined)]) }
  }
}

/** An exchange of its own, for one call. */
function place(options: RealCallOptions, onEvent: (event: TimelineEvent) => void): SimulatedCall {
  const { answerUrl, method, hangupUrl, authToken, maxDurationMs, assumptions = {}, faults = {} } = options
  const engine = new CallEngine({
    authId: 'MAEXAMPLE00000000000',
    authTokens: authToken === undefined ? [] : [authToken],
    phones: new PhoneBook(options.phones),
    assumptions,
    faults,
  })
  const basics = {
    answerUrl,
    ...(method && { answerMethod: method }),
    ...(hangupUrl !== undefined && { hangupUrl }),
    maxDurationMs,
    maxRecordedMs: maxDurationMs,
    onEvent,
  }
  if (options.direction !== 'outbound') {
    const { from = defaultPerson, to = plivoNumber } = options
    return engine.receive({ ...basics, from, to })
  }
  const { from = plivoNumber, to = defaultPerson } = options
  return engine.place({ ...basics, callUuid: randomUUID(), from, to })
}

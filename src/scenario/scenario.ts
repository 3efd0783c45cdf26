import type { Assumptions } from '../simulator/assumptions.ts'
import type { Faults } from '../simulator/faults.ts'
import type { PhoneBehaviour } from '../simulator/phone-book.ts'
import type { PlacedStep } from './step.ts'

/** A call to a bot: what the caller does, and what is expected of the bot. */
export interface Scenario {
  readonly file: string
  readonly line: number
  readonly name: string
  /** Without it the command line has to give one. */
  readonly answerUrl?: string
  /** `outbound`: Plivo calls `to`, and the steps are done there. */
  readonly direction?: 'inbound' | 'outbound'
  readonly method?: 'GET' | 'POST'
  readonly hangupUrl?: string
  readonly from?: string
  readonly to?: string
  readonly authToken?: string
  /** What an Offhook node is asked to send: `&audio=`. */
  readonly audio?: 'mulaw' | 'l16-8k' | 'l16-16k'
  readonly assumptions: Partial<Assumptions>
  readonly faults: Faults
  readonly phones?: readonly ScenarioPhone[]
  /** The caller hangs up this long after dialling. */
  readonly maxDurationMs: number
  readonly steps: readonly PlacedStep[]
}

/** A telephone that is called. */
export interface ScenarioPhone {
  /** In Plivo's form, or a `sip:` URI. */
  readonly number: string
  readonly behaviour: PhoneBehaviour
  /** Done and expected there from the answer on. With one, somebody has to call it. */
  readonly steps: readonly PlacedStep[]
}

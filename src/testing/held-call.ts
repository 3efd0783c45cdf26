import type { Clock } from '../lib/clock.ts'
import type { Line } from '../simulator/line.ts'
import type { SimulatedCall } from '../simulator/simulated-call.ts'
import { type CallResult, describeHangup } from './call-end.ts'
import type { CallParty } from './call-party.ts'

/** A call of the simulator's, as the one at the telephone has it: who called, or one that was dialled for the caller. */
export class HeldCall implements CallParty {
  readonly clock: Clock
  readonly folder: string
  readonly timeline: CallParty['timeline']
  readonly line: Line
  readonly ended: Promise<CallResult>
  result: CallResult | undefined
  readonly #call: SimulatedCall
  readonly #time: Pick<CallParty, 'pass'>

  /** `time` is that in which it runs. */
  constructor(call: SimulatedCall, time: Pick<CallParty, 'clock' | 'folder' | 'pass'>) {
    this.#call = call
    this.#time = time
    this.clock = time.clock
    this.folder = time.folder
    this.line = call.line
    this.timeline = {
      events: call.timeline,
      get nowMs() {
        return call.nowMs
      },
    }
    this.ended = this.#finish()
  }

  get callUuid(): string {
    return this.#call.callUuid
  }

  leg(callUuid: string): HeldCall | undefined {
    const leg = this.#call.legs.find((one) => one.callUuid === callUuid)
    return leg && new HeldCall(leg, this)
  }

  hangUp(): void {
    this.#call.hangUp()
  }

  pass<T>(awaited: Promise<T>): Promise<T> {
    return this.#time.pass(awaited)
  }

  async close(): Promise<void> {
    this.hangUp()
    await this.pass(this.ended)
  }

  async #finish(): Promise<CallResult> {
    const { hangup, durationMs, heard, said, recording } = await this.#call.ended
    const { timeline } = this.#call
    this.result = { ...describeHangup(hangup, timeline), durationMs, heard, said, recording, timeline }
    return this.result
  }
}

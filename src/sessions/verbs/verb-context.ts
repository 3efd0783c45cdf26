import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { CameBack, Detour, DetourPlan, Onward } from '../detours/detour.ts'
import type { CutBy, StopBy } from '../../sdk/protocol.ts'
import type { BotRecordings } from '../bot-recordings.ts'
import type { Carrier } from '../carrier/carrier.ts'

/** What a verb has to do its work with: its own call, and nothing of any other. */
export interface VerbContext {
  readonly callId: string
  /** The carrier's REST API; undefined without credentials. */
  readonly carrier: Carrier | undefined
  /** Closes the stream, once what the bot wanted heard before was heard, and has the carrier carry out the plan. */
  readonly leave: (plan: DetourPlan, onward?: (came: CameBack) => Onward) => Detour
  readonly sendDigits: (digits: string) => void
  /** Waits for the carrier's API, and lets the caller hear that the line is alive meanwhile. */
  readonly waiting: <T>(work: Promise<T>) => Promise<T>
  /** Those that bots began in this call. */
  readonly recordings: BotRecordings
  /** Fires when the call is over, or the bot has no more use for the result; its reason says which. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly log: Log
}

/** Why `signal` has fired: the bot's own reason, or the end of the call. */
export function cutBy(signal: AbortSignal): CutBy {
  return signal.reason instanceof Cancelled ? signal.reason.by : 'hang-up'
}

/** The bot has no more use for what it asked for. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
  readonly by: StopBy

  constructor(by: StopBy) {
    super(`cancelled by ${by}`)
    this.by = by
  }
}

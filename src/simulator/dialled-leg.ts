import type { CallResult } from './call-result.ts'
import type { DocumentRequest } from './document-request.ts'
import type { HangupCause } from './hangup-causes.ts'
import type { Line } from './line.ts'
import type { CallFacts } from './webhook-parameters.ts'

/** What `<Dial>` asks for, once for each Number and User. */
export interface LegOptions {
  readonly from: string
  readonly to: string
  readonly callerName?: string | undefined
  readonly ringTimeoutMs: number
  readonly sipHeaders: Readonly<Record<string, string>>
  readonly onRing: () => void
}

/** A leg that a call has dialled. */
export interface DialledLeg {
  readonly facts: CallFacts
  readonly line: Line
  /** Fires when it has ended. */
  readonly over: AbortSignal
  /** Why it ended; undefined while it lasts. */
  readonly cause: HangupCause | undefined
  /** Resolves when somebody answers, or when it is clear that nobody will: with false then. */
  readonly answered: Promise<boolean>
  readonly ended: Promise<CallResult>
  /** Ends it; the first cause counts. */
  end(cause: HangupCause): HangupCause
  /** It runs documents of its own from now on, as a transferred leg does. */
  sendTo(request: DocumentRequest): void
  /** Whether it runs documents of its own. */
  readonly onItsOwn: boolean
}

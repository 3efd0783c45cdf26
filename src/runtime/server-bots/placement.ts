import type { OutputTail } from '../output-tail.ts'
import type { ServerPlace } from './server-place.ts'
import type { SessionOutput } from './session-output.ts'

/** A server bot's place, and what it prints there. */
export interface Placement {
  readonly place: ServerPlace
  readonly output: SessionOutput
  readonly tail: OutputTail
}

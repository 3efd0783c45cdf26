import { type Parsed, parsed } from '../../lib/parsed.ts'
import { beginFallback, type Fallback, type FallbackStep, parseFallback } from '../detours/fallback.ts'

/** The caller waits in line for a place, with music. */
export interface Queueing {
  readonly type: 'queue'
  readonly maxWaitMs: number
  /** Of one agent at once; whoever comes then does not wait. */
  readonly maxWaiting: number
  /** For whoever has waited so long, or cannot wait. */
  readonly afterwards: Fallback
}

/** What a caller gets for whom there is no place. */
export type Overflow = Fallback | Queueing

/** What `overflow` may be, beside `queue`. */
export const overflowFallbacks = ['apology', 'busy', 'forward', 'message', 'say'] as const
/** What may come after the queue: the call is answered by then. */
export const afterQueueFallbacks = ['apology', 'forward', 'message', 'say', 'hangup'] as const

export const defaultQueueing = { maxWaitMs: 60_000, maxWaiting: 10, afterwards: { type: 'apology' } } as const
export const longestQueueSeconds = 3600
export const longestQueue = 100

/** Reads `queue`, `busy`, `say:One moment.` and such. */
export function parseOverflow(text: string, field: string): Parsed<Fallback | { readonly type: 'queue' }> {
  if (text.trim() === 'queue') return parsed({ type: 'queue' })
  return parseFallback(text, field, overflowFallbacks, ['queue'])
}

/** For a caller who cannot wait, or has waited long enough. */
export const withoutQueue = (overflow: Overflow = { type: 'apology' }): Fallback =>
  overflow.type === 'queue' ? overflow.afterwards : overflow

/** What the carrier does first with a caller who is on the line, and cannot wait any longer. */
export const beginOverflow = (overflow: Overflow | undefined): FallbackStep =>
  beginFallback(withoutQueue(overflow), 'no-room')

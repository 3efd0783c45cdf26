import type { DetourPlan } from './detours/detour.ts'
import type { PlainSessionEvent } from './plain/plain-session-state.ts'
import type { SessionEvent } from './session-state.ts'

/** A step in a session's life, for whoever follows it closely. Nothing in it names a caller. */
export type SessionMoment =
  /** The carrier has the XML that opens the stream. */
  | { readonly type: 'answered' }
  /** The carrier's first message on a stream. */
  | { readonly type: 'stream-started' }
  | { readonly type: 'stream-closed' }
  | { readonly type: 'instance-ready'; readonly instanceId: string | undefined }
  /** The instance that was to take the session died before it did. */
  | { readonly type: 'instance-lost' }
  | { readonly type: 'bot-took' }
  | { readonly type: 'bot-crashed' }
  /** The carrier takes the caller elsewhere; the next stream brings the caller back. */
  | { readonly type: 'away'; readonly plan: DetourPlan['type'] | undefined }
  /** The bot asks the node for something. Numbers of requests come again with the next bot. */
  | { readonly type: 'asked'; readonly request: number; readonly verb: string }
  | {
      readonly type: 'replied'
      readonly request: number
      /** Such as `busy` for a transfer. */
      readonly outcome?: string | undefined
      /** Code of a failure. */
      readonly failure?: string | undefined
    }

interface Followed {
  readonly instanceId: string | undefined
  readonly detour?: { readonly plan: DetourPlan } | undefined
}

/** What is a moment of all that the state machine takes notice of. */
export function momentOf(
  event: (SessionEvent | PlainSessionEvent)['type'],
  session: Followed,
): SessionMoment | undefined {
  switch (event) {
    case 'stream-started':
    case 'stream-closed':
    case 'instance-lost':
    case 'bot-took':
    case 'bot-crashed':
      return { type: event }
    case 'instance-ready':
      return { type: event, instanceId: session.instanceId }
    case 'detour-began':
      return { type: 'away', plan: session.detour?.plan.type }
    default:
      return undefined
  }
}

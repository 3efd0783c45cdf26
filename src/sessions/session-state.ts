/**
 * The life of a session: one call served by one agent.
 *
 *     ringing ──stream-connected──► connecting ──stream-started──► waiting ──instance-ready──► talking
 *        ▲                              │                             │                          │
 *        └───────stream-closed──────────┘                             └──► leaving ◄─────────────┤
 *                                                                             │                  ▼ ▲
 *                                                                             │                 away
 *                        every state ──────────────────────────────► ended ◄──┘
 *
 * `connecting` goes straight to `talking` when the instance is ready first, as it should be. `talking` goes back to
 * `waiting` when the instance is lost before its bot took the call, and to `away` while the carrier has the caller
 * elsewhere, with somebody else or with a recorder; its next stream brings the caller back. In `leaving` the bot's part
 * is over and the caller's stream is not: what was to be heard is heard, then the stream closes.
 */
import type { LinkOver } from '../runtime/link.ts'

export type SessionState =
  | { readonly name: 'ringing' | 'connecting'; readonly since: number; readonly instanceReady: boolean }
  | Streaming
  | Away
  | { readonly name: 'leaving' | 'ended'; readonly since: number; readonly ending: Ending }

type Streaming = { readonly name: 'waiting' | 'talking'; readonly since: number }
type Away = { readonly name: 'away'; readonly since: number }

export interface Ending {
  readonly reason:
    | 'bot-returned'
    | 'bot-hung-up'
    | 'bot-threw'
    | 'bot-lost'
    | 'bot-not-ready'
    | 'caller-hung-up'
    | 'stream-lost'
    | 'no-stream'
    | 'node-stopped'
  /** More for the log: an error's message, a close code. */
  readonly detail?: string
}

export type SessionEvent =
  /** The carrier opened its socket; nothing was said on it yet. */
  | { readonly type: 'stream-connected' }
  /** The carrier's first message came. */
  | { readonly type: 'stream-started' }
  /** `clean`: closed in order, or by us. */
  | { readonly type: 'stream-closed'; readonly clean: boolean; readonly detail: string }
  | { readonly type: 'instance-ready' }
  | { readonly type: 'instance-failed'; readonly why: string }
  /** The instance that was to take the call died before it did. Another one is being acquired. */
  | { readonly type: 'instance-lost' }
  | { readonly type: 'bot-over'; readonly over: LinkOver }
  | { readonly type: 'bot-hung-up' }
  /** The stream is about to be closed so that the carrier can take the caller elsewhere. */
  | { readonly type: 'detour-began' }
  /** The carrier says that the call is over. */
  | { readonly type: 'call-ended'; readonly detail: string }
  /** The time that this state may take is over. */
  | { readonly type: 'timed-out' }
  | { readonly type: 'node-stopped' }

export const initialSessionState = (now: number): SessionState => ({
  name: 'ringing',
  since: now,
  instanceReady: false,
})

/** Returns the same object when the event changes nothing. `now` is in milliseconds on the caller's scale. */
export function nextSessionState(state: SessionState, event: SessionEvent, now: number): SessionState {
  if (state.name === 'ended') return state
  const end = (ending: Ending): SessionState => ({ name: 'ended', since: now, ending })
  if (event.type === 'node-stopped') return end({ reason: 'node-stopped' })
  if (state.name === 'leaving') {
    const over = event.type === 'stream-closed' || event.type === 'call-ended' || event.type === 'timed-out'
    return over ? end(state.ending) : state
  }
  if (event.type === 'call-ended') return end({ reason: 'caller-hung-up', detail: event.detail })
  switch (state.name) {
    case 'ringing':
      return nextWhenRinging(state, event, now)
    case 'connecting':
      return nextWhenConnecting(state, event, now)
    case 'waiting':
    case 'talking':
      return nextWhenStreaming(state, event, now)
    case 'away':
      return nextWhenAway(state, event, now)
  }
}

type BeforeStart = Extract<SessionState, { instanceReady: boolean }>

function nextWhenRinging(state: BeforeStart, event: SessionEvent, now: number): SessionState {
  switch (event.type) {
    case 'stream-connected':
      return { name: 'connecting', since: now, instanceReady: state.instanceReady }
    case 'instance-ready':
      return { ...state, instanceReady: true }
    case 'instance-lost':
      return state.instanceReady ? { ...state, instanceReady: false } : state
    case 'instance-failed':
      return { name: 'ended', since: now, ending: { reason: 'bot-not-ready', detail: event.why } }
    case 'timed-out':
      return { name: 'ended', since: now, ending: { reason: 'no-stream' } }
    default:
      return state
  }
}

function nextWhenConnecting(state: BeforeStart, event: SessionEvent, now: number): SessionState {
  switch (event.type) {
    case 'stream-started':
      return { name: state.instanceReady ? 'talking' : 'waiting', since: now }
    case 'stream-closed':
      return { name: 'ringing', since: now, instanceReady: state.instanceReady }
    case 'instance-ready':
      return { ...state, instanceReady: true }
    case 'instance-lost':
      return state.instanceReady ? { ...state, instanceReady: false } : state
    case 'instance-failed':
      return leave({ reason: 'bot-not-ready', detail: event.why }, now)
    default:
      return state
  }
}

function nextWhenStreaming(state: Streaming, event: SessionEvent, now: number): SessionState {
  switch (event.type) {
    case 'stream-closed': {
      const reason = event.clean ? 'caller-hung-up' : 'stream-lost'
      return { name: 'ended', since: now, ending: { reason, detail: event.detail } }
    }
    case 'instance-ready':
      return state.name === 'waiting' ? { name: 'talking', since: now } : state
    case 'instance-lost':
      return state.name === 'talking' ? { name: 'waiting', since: now } : state
    case 'instance-failed':
      return state.name === 'waiting' ? leave({ reason: 'bot-not-ready', detail: event.why }, now) : state
    case 'timed-out':
      return state.name === 'waiting' ? leave({ reason: 'bot-not-ready', detail: 'it took too long' }, now) : state
    case 'bot-over':
      return state.name === 'talking' ? leave(endingOf(event.over), now) : state
    case 'bot-hung-up':
      return state.name === 'talking' ? leave({ reason: 'bot-hung-up' }, now) : state
    case 'detour-began':
      return state.name === 'talking' ? { name: 'away', since: now } : state
    default:
      return state
  }
}

/** Whatever ends the bot's part ends the session: the carrier has the caller, and asks what next in its time. */
function nextWhenAway(state: Away, event: SessionEvent, now: number): SessionState {
  switch (event.type) {
    case 'stream-started':
      return { name: 'talking', since: now }
    case 'bot-over':
      return { name: 'ended', since: now, ending: endingOf(event.over) }
    case 'bot-hung-up':
      return { name: 'ended', since: now, ending: { reason: 'bot-hung-up' } }
    case 'timed-out':
      return { name: 'ended', since: now, ending: { reason: 'stream-lost', detail: 'the caller did not come back' } }
    default:
      return state
  }
}

const leave = (ending: Ending, now: number): SessionState => ({ name: 'leaving', since: now, ending })

function endingOf(over: LinkOver): Ending {
  switch (over.type) {
    case 'returned':
      return { reason: 'bot-returned' }
    case 'threw':
      return { reason: 'bot-threw', detail: over.stack ?? over.message }
    case 'lost':
      return { reason: 'bot-lost', detail: over.why }
  }
}

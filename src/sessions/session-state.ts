/**
 * The life of a session: one call served by one agent.
 *
 *     ringing ──stream-connected──► connecting ──stream-started──► waiting ──instance-ready──► talking ──bot-crashed──► resuming
 *        ▲                              │                             │                          │ ▲                      │
 *        └───────stream-closed──────────┘                             └──► leaving ◄─────────────┤ └────instance-ready────┘
 *                                                                             │                  ▼ ▲
 *                                                                             │                 away
 *                        every state ──────────────────────────────► ended ◄──┘
 *
 * A session for which there is no place yet is `queued` between `connecting` and `waiting`, and asks for no instance before
 * it has one. `connecting` goes straight to `talking` when the instance is ready first, as it should be. `talking` goes back to
 * `waiting` when the instance is lost before its bot took the call, to `resuming` when the bot crashes in the middle of it,
 * and to `away` while the carrier has the caller elsewhere, with somebody else or with a recorder; its next stream brings
 * the caller back. A bot that crashes meanwhile is replaced meanwhile. In `leaving` the bot's part is over and the
 * caller's stream is not: what was to be heard is heard, then the stream closes.
 */
import type { LinkOver } from '../runtime/link.ts'

export type SessionState =
  | BeforeStart
  /** The caller waits in line for a place. */
  | { readonly name: 'queued'; readonly since: number }
  | Streaming
  | Away
  | { readonly name: 'leaving' | 'ended'; readonly since: number; readonly ending: Ending }

interface BeforeStart {
  readonly name: 'ringing' | 'connecting'
  readonly since: number
  readonly instanceReady: boolean
  /** There is no place for it yet, so that no instance is asked for. */
  readonly queued?: boolean
}
type Streaming =
  | { readonly name: 'waiting'; readonly since: number }
  /** `crashes`: bots that this call has outlived. */
  | { readonly name: 'talking'; readonly since: number; readonly crashes: number }
  | { readonly name: 'resuming'; readonly since: number; readonly crashes: number }
type Talking = Extract<Streaming, { name: 'talking' }>
type Away = {
  readonly name: 'away'
  readonly since: number
  readonly crashes: number
  /** `lost`: it has crashed, and another instance is being acquired. `ready`: that one waits for the caller. */
  readonly bot: 'here' | 'lost' | 'ready'
}

/** A call is given to another instance so often. A bot that crashes again and again is not to be heard doing so. */
const maxResumes = 2

/** `stopped`: somebody ended this session; the node goes on. */
export type StopReason = 'node-stopped' | 'stopped'

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
    | StopReason
    /** It waited in line for as long as a caller is to wait. */
    | 'no-room'
    /** It reached the longest time that a session may take. */
    | 'max-duration'
    /** Neither side was heard for too long. */
    | 'silence'
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
  /** There is a place for a session in line. */
  | { readonly type: 'place-found' }
  /** There is none, and it waits no longer. */
  | { readonly type: 'no-place' }
  | { readonly type: 'instance-ready' }
  | { readonly type: 'instance-failed'; readonly why: string }
  /** The instance that was to take the call died before it did. Another one is being acquired. */
  | { readonly type: 'instance-lost' }
  | { readonly type: 'bot-over'; readonly over: LinkOver }
  /** The instance died after its bot took the call. */
  | { readonly type: 'bot-crashed'; readonly why: string }
  | { readonly type: 'bot-hung-up' }
  /** The stream is about to be closed so that the carrier can take the caller elsewhere. */
  | { readonly type: 'detour-began' }
  /** The carrier says that the call is over. */
  | { readonly type: 'call-ended'; readonly detail: string }
  /** The agent's own limit, wherever the call stands. */
  | { readonly type: 'limit-reached'; readonly limit: 'max-duration' | 'silence' }
  /** The time that this state may take is over. */
  | { readonly type: 'timed-out' }
  | { readonly type: 'stopped'; readonly reason: StopReason }

export const initialSessionState = (now: number, queued = false): SessionState => ({
  name: 'ringing',
  since: now,
  instanceReady: false,
  ...(queued && { queued }),
})

/** Returns the same object when the event changes nothing. `now` is in milliseconds on the caller's scale. */
export function nextSessionState(state: SessionState, event: SessionEvent, now: number): SessionState {
  if (state.name === 'ended') return state
  const end = (ending: Ending): SessionState => ({ name: 'ended', since: now, ending })
  if (event.type === 'stopped') return end({ reason: event.reason })
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
    case 'queued':
      return nextWhenQueued(state, event, now)
    case 'waiting':
    case 'talking':
    case 'resuming':
      return nextWhenStreaming(state, event, now)
    case 'away':
      return nextWhenAway(state, event, now)
  }
}

function nextWhenRinging(state: BeforeStart, event: SessionEvent, now: number): SessionState {
  switch (event.type) {
    case 'stream-connected':
      return { ...state, name: 'connecting', since: now }
    case 'place-found':
      return withPlace(state)
    case 'no-place':
      return state.queued ? { name: 'ended', since: now, ending: { reason: 'no-room' } } : state
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
      if (state.queued) return { name: 'queued', since: now }
      return state.instanceReady ? { name: 'talking', since: now, crashes: 0 } : { name: 'waiting', since: now }
    case 'stream-closed':
      return { ...state, name: 'ringing', since: now }
    case 'place-found':
      return withPlace(state)
    case 'no-place':
      return state.queued ? leave({ reason: 'no-room' }, now) : state
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

function withPlace(state: BeforeStart): BeforeStart {
  const { queued, ...others } = state
  return queued ? others : state
}

function nextWhenQueued(state: SessionState, event: SessionEvent, now: number): SessionState {
  switch (event.type) {
    case 'place-found':
      return { name: 'waiting', since: now }
    case 'no-place':
      return leave({ reason: 'no-room' }, now)
    case 'limit-reached':
      return leave({ reason: event.limit }, now)
    case 'stream-closed':
      return streamClosed(event, now)
    default:
      return state
  }
}

function streamClosed({ clean, detail }: Extract<SessionEvent, { type: 'stream-closed' }>, now: number): SessionState {
  return { name: 'ended', since: now, ending: { reason: clean ? 'caller-hung-up' : 'stream-lost', detail } }
}

function nextWhenStreaming(state: Streaming, event: SessionEvent, now: number): SessionState {
  if (event.type === 'limit-reached') return leave({ reason: event.limit }, now)
  if (event.type === 'stream-closed') return streamClosed(event, now)
  return state.name === 'talking' ? nextWhenTalking(state, event, now) : nextWithoutBot(state, event, now)
}

function nextWhenTalking(state: Talking, event: SessionEvent, now: number): SessionState {
  const { crashes } = state
  switch (event.type) {
    case 'instance-lost':
      return crashes > 0 ? { name: 'resuming', since: now, crashes } : { name: 'waiting', since: now }
    case 'bot-over':
      return leave(endingOf(event.over), now)
    case 'bot-crashed':
      if (crashes < maxResumes) return { name: 'resuming', since: now, crashes: crashes + 1 }
      return leave({ reason: 'bot-lost', detail: event.why }, now)
    case 'bot-hung-up':
      return leave({ reason: 'bot-hung-up' }, now)
    case 'detour-began':
      return { name: 'away', since: now, crashes, bot: 'here' }
    default:
      return state
  }
}

function nextWithoutBot(state: Exclude<Streaming, Talking>, event: SessionEvent, now: number): SessionState {
  const reason = state.name === 'resuming' ? 'bot-lost' : 'bot-not-ready'
  switch (event.type) {
    case 'instance-ready':
      return { name: 'talking', since: now, crashes: state.name === 'resuming' ? state.crashes : 0 }
    case 'instance-failed':
      return leave({ reason, detail: event.why }, now)
    case 'timed-out':
      return leave({ reason, detail: 'it took too long' }, now)
    default:
      return state
  }
}

/** Whatever ends the bot's part ends the session: the carrier has the caller, and asks what next in its time. */
function nextWhenAway(state: Away, event: SessionEvent, now: number): SessionState {
  const { crashes, bot } = state
  switch (event.type) {
    case 'stream-started':
      return bot === 'lost' ? { name: 'resuming', since: now, crashes } : { name: 'talking', since: now, crashes }
    case 'bot-over':
      return { name: 'ended', since: now, ending: endingOf(event.over) }
    case 'bot-crashed':
      if (crashes < maxResumes) return { ...state, bot: 'lost', crashes: crashes + 1 }
      return { name: 'ended', since: now, ending: { reason: 'bot-lost', detail: event.why } }
    case 'instance-ready':
      return bot === 'lost' ? { ...state, bot: 'ready' } : state
    case 'instance-lost':
      return bot === 'ready' ? { ...state, bot: 'lost' } : state
    case 'instance-failed':
      return bot === 'lost' ? { name: 'ended', since: now, ending: { reason: 'bot-lost', detail: event.why } } : state
    case 'bot-hung-up':
      return { name: 'ended', since: now, ending: { reason: 'bot-hung-up' } }
    case 'limit-reached':
      return { name: 'ended', since: now, ending: { reason: event.limit } }
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

/**
 * The life of a session without a call.
 *
 *     waiting ──instance-ready──► running
 *        │ ▲                        │ │
 *        │ └─────instance-lost──────┘ │
 *        └────────────► ended ◄───────┘
 *
 * `running` goes back to `waiting` when the instance is lost before its bot took the session: another one may have it.
 */
import type { SessionOver } from '../../runtime/link.ts'
import type { SocketClose } from '../../sdk/protocol.ts'
import type { StopReason } from '../session-state.ts'

export type PlainSessionState =
  /** `instancesLost`: so many have died under it. */
  | { readonly name: 'waiting'; readonly instancesLost: number }
  | { readonly name: 'running'; readonly instancesLost: number; readonly taken: boolean }
  /** `how` is how the side that ended it closed its socket. */
  | { readonly name: 'ended'; readonly ending: PlainEnding; readonly how?: SocketClose }

export interface PlainEnding {
  readonly reason:
    | 'bot-returned'
    | 'bot-threw'
    | 'bot-lost'
    | 'bot-not-ready'
    /** The client closed its socket. */
    | 'client-left'
    /** It has lasted as long as it may. */
    | 'max-duration'
    | StopReason
  /** More for the log: an error's message, a close code. */
  readonly detail?: string
}

export type PlainSessionEvent =
  | { readonly type: 'instance-ready' }
  | { readonly type: 'instance-failed'; readonly why: string }
  /** The instance that was to take it died first. */
  | { readonly type: 'instance-lost' }
  /** From here on the bot may have done something. */
  | { readonly type: 'bot-took' }
  | { readonly type: 'bot-over'; readonly over: SessionOver }
  | { readonly type: 'client-left'; readonly how: SocketClose }
  /** No bot within the time that it may take, or no end. */
  | { readonly type: 'timed-out' }
  | { readonly type: 'stopped'; readonly reason: StopReason }

export const initialPlainState: PlainSessionState = { name: 'waiting', instancesLost: 0 }

/** After so many instances that died under one session, it is not given to yet another. */
const maxInstancesLost = 3

/** Returns the same object when the event changes nothing. */
export function nextPlainState(state: PlainSessionState, event: PlainSessionEvent): PlainSessionState {
  if (state.name === 'ended') return state
  switch (event.type) {
    case 'instance-ready':
      return state.name === 'waiting' ? { ...state, name: 'running', taken: false } : state
    case 'instance-failed':
      return state.name === 'waiting' ? ended({ reason: 'bot-not-ready', detail: event.why }) : state
    case 'instance-lost':
      return lose(state, 'the instance died')
    case 'bot-took':
      return state.name === 'running' && !state.taken ? { ...state, taken: true } : state
    case 'bot-over':
      return state.name === 'running' ? afterBot(state, event.over) : state
    case 'client-left':
      return ended({ reason: 'client-left', detail: describeClose(event.how) }, event.how)
    case 'timed-out':
      if (state.name === 'waiting') return ended({ reason: 'bot-not-ready', detail: 'it took too long' })
      return ended({ reason: 'max-duration' })
    case 'stopped':
      return ended({ reason: event.reason })
  }
}

type Running = Extract<PlainSessionState, { name: 'running' }>

function afterBot(state: Running, over: SessionOver): PlainSessionState {
  switch (over.type) {
    case 'returned':
      return ended({ reason: 'bot-returned' })
    case 'closed':
      return ended({ reason: 'bot-returned', detail: describeClose(over.how) }, over.how)
    case 'threw':
      return ended({ reason: 'bot-threw', detail: over.stack ?? over.message })
    case 'lost':
      return state.taken ? ended({ reason: 'bot-lost', detail: over.why }) : lose(state, over.why)
  }
}

function lose(state: Exclude<PlainSessionState, { name: 'ended' }>, why: string): PlainSessionState {
  const instancesLost = state.instancesLost + 1
  if (instancesLost >= maxInstancesLost) return ended({ reason: 'bot-not-ready', detail: why })
  return { name: 'waiting', instancesLost }
}

function ended(ending: PlainEnding, how?: SocketClose): PlainSessionState {
  return { name: 'ended', ending, ...(how && { how }) }
}

const describeClose = ({ code, reason }: SocketClose): string =>
  `closed the socket: ${code}${reason === '' ? '' : ` ${reason}`}`

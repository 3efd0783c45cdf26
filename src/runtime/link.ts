import type {
  BotCommand,
  BotEvent,
  BotOffers,
  BotOutcome,
  CallStart,
  EndReason,
  SessionStart,
  SocketClose,
  SocketMessage,
} from '../sdk/protocol.ts'
import type { ProxiedRequest, ProxiedResponse } from './proxied-request.ts'

/**
 * One call's connection to its bot, whatever kind of bot that is. A link does not know what the messages mean.
 * It calls its listener until `onOver`, which comes once and last.
 */
export interface BotLink {
  /**
   * Passes on a carrier's message. `raw` is the message as it came; `events` the same in the words of the SDK protocol.
   * A bot gets the one form or the other.
   */
  send(raw: string, events: readonly BotEvent[]): void
  /** Tells the bot what became of its audio; nothing the carrier said. */
  report(event: BotEvent): void
  /** Has the bot answer a client's HTTP request; absent where bots answer none. Rejects with a `ProxyError`. */
  ask?(request: ProxiedRequest): Promise<ProxiedResponse>
  /** The call is over. The link lets the bot finish and then gives its place back. */
  close(reason: EndReason): void
}

export interface LinkListener {
  /** The bot has taken the call. Before that nothing of the bot's has run for it, and another instance may have it. */
  onStarted(): void
  onCommand(command: BotCommand): void
  /** A piece of what the bot printed, as it came. */
  onPrint(stream: 'stdout' | 'stderr', text: string): void
  /** The bot's part is over: its function ended, or the bot is gone. */
  onOver(over: LinkOver): void
}

export type LinkOver = BotOutcome | { readonly type: 'lost'; readonly why: string }

/**
 * A session without a call: its connection to the bot, whatever kind of bot that is. It calls its listener until `onOver`,
 * which comes once and last.
 */
export interface SessionLink {
  /** Passes on a message of the client's, in order. `onTaken` is called once it waits here no longer. */
  send(message: SocketMessage, onTaken: () => void): void
  /** As a call's. */
  ask?(request: ProxiedRequest): Promise<ProxiedResponse>
  /**
   * The session is over; `how` says how the client's socket closed, where that is the reason. The link lets the bot finish
   * and then gives its place back.
   */
  close(reason: EndReason, how?: SocketClose): void
}

export interface SessionListener {
  /** The bot has taken the session. Before that nothing of the bot's has run for it, and another instance may have it. */
  onStarted(): void
  /** For the client. No more than a window's worth comes before `onTaken` of the first is called. */
  onMessage(message: SocketMessage, onTaken: () => void): void
  /** A piece of what the bot printed, as it came. */
  onPrint(stream: 'stdout' | 'stderr', text: string): void
  /** The bot's part is over: its function ended, it closed the client's socket, or the bot is gone. */
  onOver(over: SessionOver): void
}

export type SessionOver = LinkOver | { readonly type: 'closed'; readonly how: SocketClose }

/** What an instance uses of its machine. */
export interface Usage {
  /** Thousandths of a processor. */
  readonly cpuMillicores: number
  readonly memoryBytes: number
}

/** A running bot. Calls may be started while it has free places. */
export interface Instance extends AsyncDisposable {
  readonly id: string
  /** Calls that it can take at once. */
  readonly capacity: number
  /** Calls whose place is taken, including those whose bot has not finished after the call's end. */
  readonly active: number
  readonly state: InstanceState
  /** What it uses, averaged since the last sample. Default: nobody knows. */
  sample?(): Promise<Usage | undefined>
  /** Ends it now. `why` completes "the bot's process …"; its calls go elsewhere. */
  end?(why: string): void
  /** It has died and could not say so yet. Asked before a call is promised a place. Default: it has not. */
  isGone?(): boolean
  /** Known once it is ready. */
  readonly offers: BotOffers
  startCall(start: CallStart, listener: LinkListener): BotLink
  /** Takes a place as a call does. */
  startSession(start: SessionStart, listener: SessionListener): SessionLink
  /** Takes no new calls; dies once the last has ended. */
  drain(): void
}

/**
 *     starting ──► ready ◄──► busy (no place free)
 *        │           └──┬──────┘
 *        │          draining
 *        └──────► dead ◄┘
 */
export type InstanceState = 'starting' | 'ready' | 'busy' | 'draining' | 'dead'

/** Told by an instance to whoever supervises it. */
export interface InstanceListener {
  /** A place was freed, or the instance died. `why` is present when it died by itself. */
  onChange(instance: Instance, why?: string): void
}

/** Starts an instance and resolves once it takes calls. Rejects with an `InstanceStartError`, or when `signal` fires. */
export type StartInstance = (listener: InstanceListener, signal: AbortSignal) => Promise<Instance>

/** The bot could not be started. The message is for the person who wrote it. */
export class InstanceStartError extends Error {
  override readonly name = 'InstanceStartError'
}

import type { Clock } from '../../lib/clock.ts'
import { type Frame, type FrameWriter, FramingError, frameType } from '../../sdk/frames.ts'
import type { BotOutcome, EndReason, SessionStart, SocketClose, SocketMessage } from '../../sdk/protocol.ts'
import { SocketChannel, socketWindowBytes } from '../../sdk/socket-channel.ts'
import { numberBytes, readJson, readNumber } from '../../sdk/wire.ts'
import { type AskBudget, HostAsks } from './host-asks.ts'
import { parsePrinted, parseThrew } from './host-link.ts'
import type { SessionLink, SessionListener, SessionOver } from '../link.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'

interface HostSessionLinkOptions {
  /** Its number on the connection. */
  readonly call: number
  readonly start: SessionStart
  readonly writer: FrameWriter
  readonly listener: SessionListener
  readonly budget: AskBudget
  readonly clock: Clock
  /** Tells the instance that this session's place is free again. */
  readonly onFree: () => void
  /** Tells the instance that the session is over and its bot's function is not. */
  readonly onLinger: () => void
}

/** A session without a call, served by the host process of an SDK bot. */
export class HostSessionLink implements SessionLink {
  readonly #options: HostSessionLinkOptions
  readonly #channel: SocketChannel
  readonly #asks: HostAsks
  #closed = false
  /** The listener knows that the bot's part is over. */
  #told = false
  /** The bot's function has ended. */
  #over = false

  constructor(options: HostSessionLinkOptions) {
    this.#options = options
    const { writer, call, start, listener } = options
    this.#channel = new SocketChannel({
      write: (flags, piece) => writer.write(frameType.fromClient, call, piece, flags),
      grant: (bytes) => writer.write(frameType.clientTook, call, numberBytes(bytes)),
      onMessage: (message, onTaken) => listener.onMessage(message, onTaken),
      maxHeldBytes: socketWindowBytes,
    })
    this.#asks = new HostAsks({ ...options, sessionId: start.sessionId })
    writer.writeJson(frameType.startSession, call, start)
    writer.flush()
  }

  send(message: SocketMessage, onTaken: () => void): void {
    if (this.#closed) onTaken()
    else this.#channel.send(message, onTaken)
  }

  close(reason: EndReason): void {
    if (this.#closed) return
    this.#channel.finish()
    this.#closed = true
    this.#asks.end()
    this.#options.writer.writeText(frameType.end, this.#options.call, reason)
    if (this.#over) this.#options.onFree()
    else this.#options.onLinger()
  }

  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    return this.#asks.ask(request)
  }

  /** A frame of this session's arrived. */
  receive(frame: Frame): void {
    const { listener } = this.#options
    this.#asks.receive(frame)
    if (frame.type === frameType.printed) {
      const { stream, text } = parsePrinted(readJson(frame))
      listener.onPrint(stream, text)
      return
    }
    if (this.#over) return
    if (frame.type === frameType.started) listener.onStarted()
    else if (frame.type === frameType.returned) this.#finish({ type: 'returned' })
    else if (frame.type === frameType.threw) this.#finish(parseThrew(readJson(frame)))
    else if (!this.#closed) this.#obey(frame)
  }

  /** The process is gone. */
  lose(why: string): void {
    this.#asks.end()
    if (this.#over) return
    this.#over = true
    this.#tell({ type: 'lost', why })
  }

  #obey(frame: Frame): void {
    if (frame.type === frameType.toClient) this.#channel.receive(frame.payload)
    else if (frame.type === frameType.botTook) this.#channel.granted(readNumber(frame.payload))
    else if (frame.type === frameType.closeClient) this.#tell({ type: 'closed', how: parseClose(readJson(frame)) })
  }

  #finish(outcome: BotOutcome): void {
    this.#over = true
    this.#tell(outcome)
    if (this.#closed) this.#options.onFree()
  }

  #tell(over: SessionOver): void {
    // A bot may still fail after it closed the socket; its author wants to know.
    if (this.#told && over.type !== 'threw') return
    this.#told = true
    this.#options.listener.onOver(over)
  }
}

function parseClose(value: unknown): SocketClose {
  const { code, reason } = (value ?? {}) as { code?: unknown; reason?: unknown }
  const ownCode =
    typeof code === 'number' && (code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999))
  if (!ownCode || typeof reason !== 'string')
    throw new FramingError('a close without a code and reason that may be sent')
  return { code, reason: reason.slice(0, 123) }
}

import { type Frame, FramingError, frameType } from '../../sdk/frames.ts'
import type { EndReason, SessionStart, SocketClose, SocketMessage } from '../../sdk/protocol.ts'
import { SocketChannel, socketWindowBytes } from '../../sdk/socket-channel.ts'
import { numberBytes, readJson, readNumber } from '../../sdk/wire.ts'
import { type HostPlace, HostRun } from './host-run.ts'
import type { SessionLink, SessionListener, SessionOver } from '../link.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'

interface HostSessionLinkOptions extends HostPlace {
  readonly start: SessionStart
  readonly listener: SessionListener
}

/** A session without a call, served by the host process of an SDK bot. */
export class HostSessionLink implements SessionLink {
  readonly #listener: SessionListener
  readonly #channel: SocketChannel
  readonly #run: HostRun
  /** The listener knows that the bot's part is over. */
  #told = false

  constructor(options: HostSessionLinkOptions) {
    const { writer, call, start, listener } = options
    this.#listener = listener
    this.#channel = new SocketChannel({
      write: (flags, piece) => writer.write(frameType.fromClient, call, piece, flags),
      grant: (bytes) => writer.write(frameType.clientTook, call, numberBytes(bytes)),
      onMessage: (message, onTaken) => listener.onMessage(message, onTaken),
      maxHeldBytes: socketWindowBytes,
    })
    this.#run = new HostRun({
      ...options,
      sessionId: start.sessionId,
      onStarted: () => listener.onStarted(),
      onPrint: (stream, text) => listener.onPrint(stream, text),
      onOver: (outcome) => this.#tell(outcome),
      onFrame: (frame) => this.#obey(frame),
    })
    writer.writeJson(frameType.startSession, call, start)
    writer.flush()
  }

  send(message: SocketMessage, onTaken: () => void): void {
    if (this.#run.closed) onTaken()
    else this.#channel.send(message, onTaken)
  }

  close(reason: EndReason): void {
    if (!this.#run.closed) this.#channel.finish()
    this.#run.close(reason)
  }

  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    return this.#run.ask(request)
  }

  /** A frame of this session's arrived. */
  receive(frame: Frame): void {
    this.#run.receive(frame)
  }

  /** The process is gone. */
  lose(why: string): void {
    this.#run.lose(why)
  }

  #obey(frame: Frame): void {
    if (frame.type === frameType.toClient) this.#channel.receive(frame.payload)
    else if (frame.type === frameType.botTook) this.#channel.granted(readNumber(frame.payload))
    else if (frame.type === frameType.closeClient) this.#tell({ type: 'closed', how: parseClose(readJson(frame)) })
  }

  #tell(over: SessionOver): void {
    // A bot may still fail after it closed the socket; its author wants to know.
    if (this.#told && over.type !== 'threw') return
    this.#told = true
    this.#listener.onOver(over)
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

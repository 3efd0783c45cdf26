import { EventEmitter } from 'node:events'
import type { GatewaySocket } from '../gateway/media-socket.ts'
import type { OpenedStream } from '../simulator/network.ts'
import type { SocketClose, StreamSocketOptions, UpgradeFailure } from '../simulator/stream-socket.ts'

/** Lets a stream in, with `accept`, or says why not. */
export type Upgrade = (accept: () => GatewaySocket) => UpgradeFailure | undefined

/** Of a connection that ended without a closing frame (RFC 6455, 7.1.5). */
const brokenCode = 1006

/**
 * A stream's WebSocket without a network: this is Plivo's end. Whatever passes arrives in order, in a microtask of its own.
 */
export class MemorySocket implements OpenedStream {
  readonly opened: Promise<UpgradeFailure | undefined>
  readonly closed: Promise<SocketClose>
  /** Nobody in memory is slow. */
  readonly unsentBytes = 0
  readonly #options: Pick<StreamSocketOptions, 'onOpen' | 'onText'>
  readonly #settleOpened: (failure: UpgradeFailure | undefined) => void
  readonly #settleClosed: (close: SocketClose) => void
  readonly #node: NodeEnd
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting'
  /** What came while nothing was read. */
  #unread: (() => void)[] | undefined

  constructor(options: Pick<StreamSocketOptions, 'onOpen' | 'onText'>, upgrade: Upgrade) {
    const opened = Promise.withResolvers<UpgradeFailure | undefined>()
    const closed = Promise.withResolvers<SocketClose>()
    this.#options = options
    this.opened = opened.promise
    this.closed = closed.promise
    this.#settleOpened = opened.resolve
    this.#settleClosed = closed.resolve
    this.#node = new NodeEnd({
      send: (text) => this.#receive(() => this.#state === 'open' && options.onText(text)),
      close: (code, reason) => this.#receive(() => this.#end('server', code, reason)),
      terminate: () => this.terminate(),
    })
    queueMicrotask(() => this.#connect(upgrade))
  }

  send(text: string): void {
    if (this.#state !== 'open') return
    queueMicrotask(() => {
      if (this.#state !== 'closed') this.#node.emit('message', Buffer.from(text), false)
    })
  }

  close(code: number): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    queueMicrotask(() => this.#end('plivo', code, ''))
  }

  terminate(): void {
    this.#end(this.#state === 'closing' ? 'plivo' : 'lost', brokenCode, '')
  }

  pause(): void {
    this.#unread ??= []
  }

  resume(): void {
    const unread = this.#unread ?? []
    this.#unread = undefined
    for (const take of unread) take()
  }

  cut(): void {
    this.terminate()
  }

  #connect(upgrade: Upgrade): void {
    if (this.#state !== 'connecting') return
    const failure = upgrade(() => this.#node)
    if (failure) {
      this.#settleOpened(failure)
      this.terminate()
      return
    }
    this.#state = 'open'
    this.#options.onOpen()
    this.#settleOpened(undefined)
  }

  #receive(take: () => void): void {
    queueMicrotask(() => {
      if (this.#unread) this.#unread.push(take)
      else take()
    })
  }

  /** The node learns of it first: Plivo's next request finds a session that knows. */
  #end(by: SocketClose['by'], code: number, reason: string): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#settleOpened({ error: 'closed before it was open' })
    this.#node.closed(code, reason)
    this.#settleClosed({ by, code, reason })
  }
}

interface NodeEndEvents {
  message: [data: Buffer, isBinary: boolean]
  pong: []
  error: [error: Error]
  close: [code: number, reason: Buffer]
}

/** The node's end, as the gateway has it. */
class NodeEnd extends EventEmitter<NodeEndEvents> implements GatewaySocket {
  readonly OPEN = 1
  readonly bufferedAmount = 0
  readyState = 1
  readonly #wire: Pick<GatewaySocket, 'send' | 'close' | 'terminate'>

  constructor(wire: Pick<GatewaySocket, 'send' | 'close' | 'terminate'>) {
    super()
    this.#wire = wire
  }

  send(text: string): void {
    if (this.readyState === this.OPEN) this.#wire.send(text)
  }

  close(code: number, reason: string): void {
    if (this.readyState !== this.OPEN) return
    this.readyState = 2
    this.#wire.close(code, reason)
  }

  terminate(): void {
    this.#wire.terminate()
  }

  /** Plivo is there. */
  ping(): void {
    queueMicrotask(() => this.emit('pong'))
  }

  closed(code: number, reason: string): void {
    this.readyState = 3
    this.emit('close', code, Buffer.from(reason))
  }
}

import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import { mediaMessage, playedMessage, readCheckpoint, readEcho, startMessage } from './messages.ts'
import { PlayedFrames } from './played-frames.ts'

interface EchoCallOptions {
  /** Number of the call, unique among those of one run. */
  readonly call: number
  readonly callId: string
  readonly onEcho: (frame: number) => void
  /** Audio came that is not what was sent. */
  readonly onDamage: () => void
}

const openWithinMs = 60_000
/** A frame that no schedule sends: the last one that fits 24 bits. */
const probe = 0xff_ff_ff

/** A call to an echo, at the far end of a stream. */
export class EchoCall {
  readonly #options: EchoCallOptions
  readonly #streamId = randomUUID()
  readonly #socket: WebSocket
  readonly #played = new PlayedFrames()
  readonly #probed = Promise.withResolvers<void>()

  constructor(url: string, options: EchoCallOptions) {
    this.#options = options
    this.#socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true })
    this.#socket.on('message', (data: Buffer) => this.#receive(data))
    this.#socket.on('error', (error) => this.#probed.reject(error))
    this.#socket.on('close', (code) => this.#probed.reject(new Error(`the stream closed with ${code}`)))
  }

  /** Resolves once the first frame has come back. */
  async opened(): Promise<void> {
    this.#socket.once('open', () => {
      this.#socket.send(startMessage(this.#options.callId, this.#streamId))
      this.send(probe)
    })
    const timer = setTimeout(() => this.#probed.reject(new Error('nothing came back')), openWithinMs)
    await this.#probed.promise.finally(() => clearTimeout(timer))
  }

  /** Sends a frame of the caller's, and plays one of those that came back. */
  send(frame: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#socket.send(mediaMessage(this.#streamId, this.#options.call, frame))
    this.#played.tick((name) => this.#socket.send(playedMessage(this.#streamId, frame + 1, name)))
  }

  close(): void {
    this.#socket.close(1000)
  }

  #receive(data: Buffer): void {
    const echo = readEcho(data, this.#options.call)
    if (echo === 'no audio') {
      const name = readCheckpoint(data)
      if (name !== undefined) this.#played.checkpoint(name)
      return
    }
    this.#played.frame()
    if (echo === probe) this.#probed.resolve()
    else if (echo === 'damaged') this.#options.onDamage()
    else this.#options.onEcho(echo)
  }
}

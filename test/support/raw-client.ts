import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'
import { patience } from './patience.ts'

/** A TCP connection on which the test writes every byte itself. It answers nothing by itself, not even an end. */
export class RawClient implements Disposable {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  #ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
    })
    socket.on('end', () => {
      this.#ended = true
    })
    socket.on('error', () => undefined)
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Asks for a WebSocket; resolves with the status line of the answer. */
  static async upgrade(port: number, path: string): Promise<{ client: RawClient; status: string }> {
    const client = await RawClient.connect(port)
    client.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    await expect.poll(() => client.text.includes('\r\n\r\n'), patience).toBe(true)
    return { client, status: client.text.split('\r\n')[0] ?? '' }
  }

  get received(): Buffer {
    return this.#received
  }

  get text(): string {
    return this.#received.toString('latin1')
  }

  /** The far side sends nothing more. */
  get ended(): boolean {
    return this.#ended
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Sends one WebSocket frame. `opcode` 1 is text, 2 binary, 8 close, 9 ping. */
  frame(opcode: number, payload: Uint8Array, { masked = true } = {}): void {
    this.write(webSocketFrame(opcode, payload, masked))
  }

  /** Code of the closing frame that came first thing after the upgrade; undefined when none did. */
  get closeCode(): number | undefined {
    const frame = this.#received.subarray(this.#received.indexOf('\r\n\r\n') + 4)
    return frame.length >= 4 && frame[0] === 0x88 ? frame.readUInt16BE(2) : undefined
  }

  /** Resolves once the far side has nothing left of the connection: then it answers what is sent with a reset. */
  async gone(): Promise<void> {
    await expect
      .poll(() => {
        if (!this.socket.destroyed) this.socket.write('\r\n')
        return this.socket.destroyed
      }, patience)
      .toBe(true)
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}

function webSocketFrame(opcode: number, payload: Uint8Array, masked: boolean): Buffer {
  const mask = masked ? randomBytes(4) : Buffer.alloc(0)
  const length = Buffer.alloc(payload.length < 126 ? 1 : payload.length < 65_536 ? 3 : 9)
  length[0] = payload.length < 126 ? payload.length : length.length === 3 ? 126 : 127
  if (length.length === 3) length.writeUInt16BE(payload.length, 1)
  if (length.length === 9) length.writeBigUInt64BE(BigInt(payload.length), 1)
  if (masked) length[0] |= 0x80
  const body = masked ? payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0)) : payload
  return Buffer.concat([Buffer.of(0x80 | opcode), length, mask, body])
}

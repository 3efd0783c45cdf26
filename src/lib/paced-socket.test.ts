import { expect, test } from 'vitest'
import { type PacedMessage, PacedSocket } from './paced-socket.ts'

/** A socket that lies in memory. */
class MemorySocket {
  paused = false
  readonly sent: { readonly text: string; readonly binary: boolean; readonly leave: () => void }[] = []
  #onMessage: (data: Buffer, isBinary: boolean) => void = () => undefined

  send(data: Uint8Array, { binary }: { readonly binary: boolean }, onSent: () => void): void {
    this.sent.push({ text: Buffer.from(data).toString(), binary, leave: onSent })
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  on(_event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void {
    this.#onMessage = listener
  }

  arrive(data: Buffer, isBinary = true): void {
    this.#onMessage(data, isBinary)
  }
}

test('what nobody takes stops the reading, and what is taken lets it go on', () => {
  const socket = new MemorySocket()
  const got: (() => void)[] = []
  const paced = new PacedSocket(socket, (_message, onTaken) => got.push(onTaken))
  for (let at = 0; at < 26; at++) socket.arrive(Buffer.alloc(10_000))
  expect([socket.paused, paced.isPaused]).toEqual([false, false])
  socket.arrive(Buffer.alloc(10_000))
  expect([socket.paused, paced.isPaused]).toEqual([true, true])
  got[0]?.()
  expect([socket.paused, paced.isPaused]).toEqual([false, false])
})

test('empty messages count too', () => {
  const socket = new MemorySocket()
  void new PacedSocket(socket, () => undefined)
  for (let at = 0; at < 5000; at++) socket.arrive(Buffer.alloc(0), false)
  expect(socket.paused).toBe(true)
})

test('messages stay what they are, and the sender learns when each has left', () => {
  const socket = new MemorySocket()
  const got: PacedMessage[] = []
  const paced = new PacedSocket(socket, (message) => got.push(message))
  socket.arrive(Buffer.from('text'), false)
  socket.arrive(Buffer.from('bytes'))
  expect(got.map(({ data, binary }) => [Buffer.from(data).toString(), binary])).toEqual([
    ['text', false],
    ['bytes', true],
  ])
  let left = 0
  paced.send({ data: Buffer.from('a'), binary: false }, () => left++)
  paced.send({ data: Buffer.from('b'), binary: true }, () => left++)
  expect(socket.sent.map(({ text, binary }) => [text, binary])).toEqual([
    ['a', false],
    ['b', true],
  ])
  expect(left).toBe(0)
  socket.sent[0]?.leave()
  expect(left).toBe(1)
})

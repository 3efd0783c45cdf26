import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { askForStream } from './answer-webhook.ts'
import { startMessage } from './messages.ts'

export interface FirstWord {
  /** From the webhook's first byte to the document's last, connection included. */
  readonly answerMs: number
  /** From the stream's connection attempt to the bot's first audio. */
  readonly upgradeToAudioMs: number
  /** What the caller waits. */
  readonly answerToAudioMs: number
  /** How much later than planned the call was made. */
  readonly latenessMs: number
  readonly failure?: string
}

/** The bot's 20 ms of silence: a node may play something of its own before. */
const firstWord = Buffer.alloc(160, 0xff).toString('base64')

/** What a call counts that never hears a word: the worst there is, not nothing. */
const worstMs = 10_000

/** Makes calls, and knows how long each waits for its first word. */
export class FirstWordCaller {
  readonly #port: number
  readonly #open = new Set<WebSocket>()

  constructor(port: number) {
    this.#port = port
  }

  /** Calls at `dueAt`, by `performance.now()`. The call stays open. */
  async call(dueAt: number): Promise<FirstWord> {
    await sleep(Math.max(0, dueAt - performance.now()))
    const latenessMs = performance.now() - dueAt
    try {
      const callId = randomUUID()
      const { streamUrl, askedAt, answeredAt } = await askForStream(this.#port, callId)
      const connectsAt = performance.now()
      const heardAt = await this.hear(streamUrl, callId)
      return {
        answerMs: answeredAt - askedAt,
        upgradeToAudioMs: heardAt - connectsAt,
        answerToAudioMs: heardAt - askedAt,
        latenessMs,
      }
    } catch (error) {
      const failure = String(error)
      return { answerMs: worstMs, upgradeToAudioMs: worstMs, answerToAudioMs: worstMs, latenessMs, failure }
    }
  }

  /** Ends the calls that are open. Resolves when their streams are closed. */
  async hangUp(): Promise<void> {
    const open = [...this.#open]
    await Promise.all(
      open.map(async (socket) => {
        const closed = new Promise((resolve) => socket.once('close', resolve))
        socket.close(1000)
        await closed
      }),
    )
  }

  /** When the bot at a WebSocket said its first word, by `performance.now()`. */
  hear(url: string, callId: string): Promise<number> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    this.#open.add(socket)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the bot said nothing')), worstMs)
      socket.once('open', () => socket.send(startMessage(callId, randomUUID())))
      socket.on('message', (data: Buffer) => {
        if (data.includes(firstWord)) resolve(performance.now())
      })
      socket.once('error', reject)
      socket.once('close', () => {
        clearTimeout(timer)
        this.#open.delete(socket)
        reject(new Error('the stream closed before the bot said anything'))
      })
    })
  }
}

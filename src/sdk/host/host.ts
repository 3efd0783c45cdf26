import type { Duplex } from 'node:stream'
import { inspect } from 'node:util'
import type { Clock } from '../../lib/clock.ts'
import type { Bot } from '../bot.ts'
import { Call } from '../call.ts'
import { type Frame, FrameReader, FrameWriter, frameType } from '../frames.ts'
import { type BotOutcome, type CallStart, type EndReason, protocolVersion } from '../protocol.ts'
import { readEvent, readJson, writeCommand } from '../wire.ts'
import { capturePrints, currentCall } from './print-capture.ts'

/** Longest text in one frame, in characters: escaped as JSON it may grow sixfold, and must still fit. */
const maxText = 64 * 1024

/** Runs a bot's calls over one connection to its node. */
export class Host {
  readonly #bot: Bot
  readonly #writer: FrameWriter
  readonly #clock: Clock
  readonly #calls = new Map<number, Call>()

  constructor({ bot, connection, clock }: { bot: Bot; connection: Duplex; clock: Clock }) {
    this.#bot = bot
    this.#clock = clock
    this.#writer = new FrameWriter(connection)
    const reader = new FrameReader()
    connection.on('data', (bytes: Buffer) => reader.push(bytes, (frame) => this.#receive(frame)))
  }

  /** Warms the bot up and tells the node that calls may come. */
  async start(): Promise<void> {
    capturePrints((call, stream, text) => {
      for (let at = 0; at < text.length; at += maxText) {
        this.#writer.writeJson(frameType.printed, call, { stream, text: text.slice(at, at + maxText) })
      }
    })
    await this.#bot.prewarm?.()
    this.#writer.writeJson(frameType.ready, 0, { protocol: protocolVersion, pid: process.pid })
  }

  /** Sends what waits to be sent. For the moment before the process's end. */
  flush(): void {
    this.#writer.flush()
  }

  #receive(frame: Frame): void {
    if (frame.type === frameType.start) {
      // The node started this process: what it says is taken as it is.
      void this.#run(frame.call, readJson(frame) as CallStart)
      return
    }
    const call = this.#calls.get(frame.call)
    if (!call) return
    if (frame.type === frameType.end) {
      this.#calls.delete(frame.call)
      // The author's listeners to `call.signal` run in here, and print for this call.
      currentCall.run(frame.call, () => call.end(frame.payload.toString('utf8') as EndReason))
      return
    }
    const event = readEvent(frame)
    if (event) call.receive(event)
  }

  async #run(number: number, start: CallStart): Promise<void> {
    const call = new Call({
      start,
      clock: this.#clock,
      send: (command) => writeCommand(this.#writer, number, command),
      print: (text) => currentCall.run(number, () => process.stderr.write(text)),
    })
    this.#calls.set(number, call)
    const outcome = await currentCall.run(number, () => this.#serve(call))
    if (outcome.type === 'returned') this.#writer.write(frameType.returned, number)
    else this.#writer.writeJson(frameType.threw, number, outcome)
    this.#writer.flush()
  }

  async #serve(call: Call): Promise<BotOutcome> {
    try {
      await this.#bot.onCall(call)
      // A prompt that the bot started and did not await is heard as well: the node takes nothing from a bot that is done.
      await call.handedOver()
      return { type: 'returned' }
    } catch (error) {
      if (isAbortBy(call.signal, error)) return { type: 'returned' }
      if (!(error instanceof Error)) return { type: 'threw', message: String(error).slice(0, maxText) }
      // Unlike the bare stack, `inspect` shows what caused the error: "fetch failed" alone helps nobody.
      return { type: 'threw', message: error.message.slice(0, maxText), stack: inspect(error).slice(0, maxText) }
    }
  }
}

/** Whether `error` only says that the call is over: the reason of `signal`, or what Node.js wraps around it. */
function isAbortBy(signal: AbortSignal, error: unknown): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.cause === signal.reason))
}

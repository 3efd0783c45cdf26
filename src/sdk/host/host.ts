import type { Duplex } from 'node:stream'
import type { Clock } from '../../lib/clock.ts'
import type { Bot } from '../bot.ts'
import { Call } from '../call.ts'
import { type Frame, FrameReader, FrameWriter, frameType } from '../frames.ts'
import { type CallStart, type EndReason, protocolVersion } from '../protocol.ts'
import { readEvent, readJson, writeCommand } from '../wire.ts'
import { capturePrints, currentCall } from './print-capture.ts'
import { maxText, serveCall } from './serve-call.ts'

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
    if (frame.type === frameType.ping) {
      this.#writer.write(frameType.pong, 0)
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
    // From here on the author's code may have done something: until the node knows that, it can give the call away.
    this.#writer.write(frameType.started, number)
    this.#writer.flush()
    const outcome = await currentCall.run(number, () => serveCall(this.#bot, call))
    if (outcome.type === 'returned') this.#writer.write(frameType.returned, number)
    else this.#writer.writeJson(frameType.threw, number, outcome)
    this.#writer.flush()
  }
}

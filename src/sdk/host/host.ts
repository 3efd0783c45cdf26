import type { Duplex } from 'node:stream'
import type { Clock } from '../../lib/clock.ts'
import { isAsk } from '../ask.ts'
import type { Bot, FetchedSession } from '../bot.ts'
import { Call } from '../call.ts'
import { type Frame, FrameReader, FrameWriter, frameType } from '../frames.ts'
import {
  type BotOffers,
  type BotOutcome,
  type CallStart,
  type EndReason,
  protocolVersion,
  type SessionStart,
} from '../protocol.ts'
import { Session } from '../session.ts'
import { numberBytes, readEvent, readJson, readNumber, writeCommand } from '../wire.ts'
import { Asks } from './asks.ts'
import { capturePrints, currentCall } from './print-capture.ts'
import { maxText, serveCall, serveSession } from './serve-call.ts'

/** Runs a bot's calls over one connection to its node. */
export class Host {
  readonly #bot: Bot
  readonly #writer: FrameWriter
  readonly #clock: Clock
  readonly #calls = new Map<number, Call>()
  readonly #sessions = new Map<number, Session>()
  readonly #asks = new Map<number, Asks>()

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
    const offers: BotOffers = { calls: this.#bot.onCall !== undefined, sessions: this.#bot.onSession !== undefined }
    this.#writer.writeJson(frameType.ready, 0, { protocol: protocolVersion, pid: process.pid, offers })
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
    if (frame.type === frameType.startSession) {
      void this.#runSession(frame.call, readJson(frame) as SessionStart)
      return
    }
    if (frame.type === frameType.ping) this.#writer.write(frameType.pong, 0)
    else if (frame.type === frameType.end) this.#end(frame)
    else if (isAsk(frame)) currentCall.run(frame.call, () => this.#asks.get(frame.call)?.receive(frame))
    else if (frame.type === frameType.fromClient) this.#sessions.get(frame.call)?.socket?.receive(frame.payload)
    else if (frame.type === frameType.clientTook)
      this.#sessions.get(frame.call)?.socket?.granted(readNumber(frame.payload))
    else this.#tell(frame)
  }

  #end({ call, payload }: Frame): void {
    const ending = this.#calls.get(call) ?? this.#sessions.get(call)
    this.#calls.delete(call)
    this.#sessions.delete(call)
    this.#asks.get(call)?.end()
    this.#asks.delete(call)
    // The author's listeners to the signal run in here, and print for this call.
    currentCall.run(call, () => ending?.end(payload.toString('utf8') as EndReason))
  }

  #tell(frame: Frame): void {
    const call = this.#calls.get(frame.call)
    const event = call && readEvent(frame)
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
    await this.#serve(number, { call }, () => serveCall(this.#bot, call))
  }

  async #runSession(number: number, start: SessionStart): Promise<void> {
    const session = new Session({
      start,
      write: (flags, piece) => this.#writer.write(frameType.toClient, number, piece, flags),
      grant: (bytes) => this.#writer.write(frameType.botTook, number, numberBytes(bytes)),
      close: (how) => this.#writer.writeJson(frameType.closeClient, number, how),
    })
    this.#sessions.set(number, session)
    await this.#serve(number, { session }, () => serveSession(this.#bot, session))
  }

  async #serve(number: number, served: FetchedSession, run: () => Promise<BotOutcome>): Promise<void> {
    this.#asks.set(number, new Asks({ bot: this.#bot, served, number, writer: this.#writer }))
    // From here on the author's code may have done something: until the node knows that, it can give the call away.
    this.#writer.write(frameType.started, number)
    this.#writer.flush()
    const outcome = await currentCall.run(number, run)
    if (outcome.type === 'returned') this.#writer.write(frameType.returned, number)
    else this.#writer.writeJson(frameType.threw, number, outcome)
    this.#writer.flush()
  }
}

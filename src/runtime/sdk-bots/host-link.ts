import type { Clock } from '../../lib/clock.ts'
import { type Frame, type FrameWriter, FramingError, frameType } from '../../sdk/frames.ts'
import type { BotEvent, BotOutcome, CallStart, EndReason } from '../../sdk/protocol.ts'
import { readCommand, readJson, writeEvent } from '../../sdk/wire.ts'
import { type AskBudget, HostAsks } from './host-asks.ts'
import type { BotLink, LinkListener } from '../link.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'

interface HostLinkOptions {
  readonly call: number
  readonly start: CallStart
  readonly writer: FrameWriter
  readonly listener: LinkListener
  readonly budget: AskBudget
  readonly clock: Clock
  /** Tells the instance that this call's place is free again. */
  readonly onFree: () => void
  /** Tells the instance that the call is over and its bot's function is not. */
  readonly onLinger: () => void
}

/** A call served by the host process of an SDK bot. */
export class HostLink implements BotLink {
  readonly #options: HostLinkOptions
  readonly #asks: HostAsks
  #closed = false
  #over = false

  constructor(options: HostLinkOptions) {
    this.#options = options
    this.#asks = new HostAsks({ ...options, sessionId: options.start.sessionId })
    options.writer.writeJson(frameType.start, options.call, options.start)
    // The caller waits for nothing longer than for this.
    options.writer.flush()
  }

  send(_raw: string, events: readonly BotEvent[]): void {
    if (this.#closed) return
    for (const event of events) writeEvent(this.#options.writer, this.#options.call, event)
  }

  report(event: BotEvent): void {
    if (!this.#closed) writeEvent(this.#options.writer, this.#options.call, event)
  }

  close(reason: EndReason): void {
    if (this.#closed) return
    this.#closed = true
    this.#asks.end()
    this.#options.writer.writeText(frameType.end, this.#options.call, reason)
    if (this.#over) this.#options.onFree()
    else this.#options.onLinger()
  }

  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    return this.#asks.ask(request)
  }

  /** A frame of this call's arrived. */
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
    else if (!this.#closed) {
      const command = readCommand(frame)
      if (command) listener.onCommand(command)
    }
  }

  /** The process is gone. */
  lose(why: string): void {
    this.#asks.end()
    if (this.#over) return
    this.#over = true
    this.#options.listener.onOver({ type: 'lost', why })
  }

  #finish(outcome: BotOutcome): void {
    this.#over = true
    this.#options.listener.onOver(outcome)
    if (this.#closed) this.#options.onFree()
  }
}

export function parsePrinted(value: unknown): { stream: 'stdout' | 'stderr'; text: string } {
  if (!isRecord(value) || typeof value['text'] !== 'string') throw new FramingError('a print without text')
  return { stream: value['stream'] === 'stderr' ? 'stderr' : 'stdout', text: value['text'] }
}

export function parseThrew(value: unknown): BotOutcome {
  if (!isRecord(value) || typeof value['message'] !== 'string') throw new FramingError('a throw without its message')
  const stack = value['stack']
  return { type: 'threw', message: value['message'], ...(typeof stack === 'string' && { stack }) }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

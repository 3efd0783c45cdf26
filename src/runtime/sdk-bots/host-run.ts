import type { Clock } from '../../lib/clock.ts'
import { type Frame, type FrameWriter, FramingError, frameType } from '../../sdk/frames.ts'
import type { BotOutcome, EndReason } from '../../sdk/protocol.ts'
import { readJson } from '../../sdk/wire.ts'
import { type AskBudget, HostAsks } from './host-asks.ts'
import type { LinkOver } from '../link.ts'
import { droppedText, PrintBudget } from '../print-budget.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'

/** What the instance gives a call or session that it takes. */
export interface HostPlace {
  /** Its number on the connection. */
  readonly call: number
  readonly writer: FrameWriter
  readonly budget: AskBudget
  readonly clock: Clock
  /** Tells the instance that this place is free again. */
  readonly onFree: () => void
  /** Tells the instance that the call is over and its bot's function is not. */
  readonly onLinger: () => void
}

interface HostRunOptions extends HostPlace {
  readonly sessionId: string
  readonly onStarted: () => void
  readonly onPrint: (stream: 'stdout' | 'stderr', text: string) => void
  /** Its function has ended, or its process. */
  readonly onOver: (over: LinkOver) => void
  /** Any other frame, as long as neither the call nor the function is over. */
  readonly onFrame: (frame: Frame) => void
}

/** A run of a bot's function in the host process: how it begins, prints, is asked over HTTP, and ends. */
export class HostRun {
  readonly #options: HostRunOptions
  readonly #asks: HostAsks
  readonly #prints: PrintBudget
  #closed = false
  #over = false

  constructor(options: HostRunOptions) {
    this.#options = options
    this.#asks = new HostAsks(options)
    this.#prints = new PrintBudget(options.clock)
  }

  /** Nothing is wanted of it any more. */
  get closed(): boolean {
    return this.#closed
  }

  /** The function is to end; its place is free once it has. */
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

  /** A frame that is about it arrived. Throws a `FramingError` for one that cannot be. */
  receive(frame: Frame): void {
    this.#asks.receive(frame)
    if (frame.type === frameType.printed) {
      this.#print(frame)
      return
    }
    if (this.#over) return
    if (frame.type === frameType.started) this.#options.onStarted()
    else if (frame.type === frameType.returned) this.#finish({ type: 'returned' })
    else if (frame.type === frameType.threw) this.#finish(parseThrew(readJson(frame)))
    else if (!this.#closed) this.#options.onFrame(frame)
  }

  /** The process is gone. */
  lose(why: string): void {
    this.#asks.end()
    if (this.#over) return
    this.#over = true
    this.#options.onOver({ type: 'lost', why })
  }

  #print(frame: Frame): void {
    const dropped = this.#prints.take(frame.payload.length)
    if (dropped === undefined) return
    const { stream, text } = parsePrinted(readJson(frame))
    if (dropped > 0) this.#options.onPrint(stream, `${droppedText(dropped)}\n`)
    this.#options.onPrint(stream, text)
  }

  #finish(outcome: BotOutcome): void {
    this.#over = true
    this.#options.onOver(outcome)
    if (this.#closed) this.#options.onFree()
  }
}

export function parsePrinted(value: unknown): { stream: 'stdout' | 'stderr'; text: string } {
  if (!isRecord(value) || typeof value['text'] !== 'string') throw new FramingError('a print without text')
  return { stream: value['stream'] === 'stderr' ? 'stderr' : 'stdout', text: value['text'] }
}

function parseThrew(value: unknown): BotOutcome {
  if (!isRecord(value) || typeof value['message'] !== 'string') throw new FramingError('a throw without its message')
  const stack = value['stack']
  return { type: 'threw', message: value['message'], ...(typeof stack === 'string' && { stack }) }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

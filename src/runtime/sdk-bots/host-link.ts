import { type Frame, frameType } from '../../sdk/frames.ts'
import type { BotEvent, CallStart, EndReason } from '../../sdk/protocol.ts'
import { readCommand, writeEvent } from '../../sdk/wire.ts'
import { type HostPlace, HostRun } from './host-run.ts'
import type { BotLink, LinkListener } from '../link.ts'
import type { ProxiedRequest, ProxiedResponse } from '../proxied-request.ts'

interface HostLinkOptions extends HostPlace {
  readonly start: CallStart
  readonly listener: LinkListener
}

/** A call served by the host process of an SDK bot. */
export class HostLink implements BotLink {
  readonly #options: HostLinkOptions
  readonly #run: HostRun

  constructor(options: HostLinkOptions) {
    this.#options = options
    const { start, listener, writer, call } = options
    this.#run = new HostRun({
      ...options,
      sessionId: start.sessionId,
      onStarted: () => listener.onStarted(),
      onPrint: (stream, text) => listener.onPrint(stream, text),
      onOver: (outcome) => listener.onOver(outcome),
      onFrame(frame) {
        const command = readCommand(frame)
        if (command) listener.onCommand(command)
      },
    })
    writer.writeJson(frameType.start, call, start)
    // The caller waits for nothing longer than for this.
    writer.flush()
  }

  send(_raw: string, events: readonly BotEvent[]): void {
    for (const event of events) this.report(event)
  }

  report(event: BotEvent): void {
    if (!this.#run.closed) writeEvent(this.#options.writer, this.#options.call, event)
  }

  close(reason: EndReason): void {
    this.#run.close(reason)
  }

  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    return this.#run.ask(request)
  }

  /** A frame of this call's arrived. */
  receive(frame: Frame): void {
    this.#run.receive(frame)
  }

  /** The process is gone. */
  lose(why: string): void {
    this.#run.lose(why)
  }
}

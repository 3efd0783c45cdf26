import type { ControlRequest, ControlResults, ControlVerb } from './control.ts'
import { CallControlError, callOver } from './control-error.ts'
import type { BotCommand, BotEvent, StopBy } from './protocol.ts'

export interface OpenRequest<Result> {
  /** Rejects with a `CallControlError`. */
  readonly reply: Promise<Result>
  /** Tells the node that the bot has no use for it any more. The reply comes all the same. */
  readonly cancel: (by: StopBy) => void
}

/** What the bot has asked of the node and not yet been answered. */
export class Requests {
  readonly #send: (command: BotCommand) => void
  readonly #signal: AbortSignal
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  constructor({ send, signal }: { send: (command: BotCommand) => void; signal: AbortSignal }) {
    this.#send = send
    this.#signal = signal
  }

  ask<Verb extends ControlVerb>(request: Extract<ControlRequest, { verb: Verb }>): OpenRequest<ControlResults[Verb]> {
    if (this.#signal.aborted) return { reply: Promise.reject(callOver(this.#signal)), cancel: () => undefined }
    const id = ++this.#lastId
    const answer = Promise.withResolvers<unknown>()
    this.#open.set(id, answer)
    this.#send({ type: 'request', id, request })
    return {
      // The host takes the node at its word.
      reply: answer.promise as Promise<ControlResults[Verb]>,
      cancel: (by) => {
        if (this.#open.has(id)) this.#send({ type: 'cancel', id, by })
      },
    }
  }

  settle(reply: Extract<BotEvent, { type: 'reply' }>): void {
    const answer = this.#open.get(reply.id)
    this.#open.delete(reply.id)
    if (!('failure' in reply)) answer?.resolve(reply.result)
    else answer?.reject(new CallControlError(reply.failure))
  }

  /** The call is over: nobody will answer. */
  end(): void {
    for (const answer of this.#open.values()) answer.reject(callOver(this.#signal))
    this.#open.clear()
  }
}

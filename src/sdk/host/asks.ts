import type { Bot, FetchedSession } from '../bot.ts'
import { type Ask, type BodyPiece, readAsk, readPiece, writePieces } from '../ask.ts'
import { type Frame, type FrameWriter, frameType } from '../frames.ts'

interface Pending {
  readonly cancel: AbortController
  /** Of the request's body; undefined: it has none, or no more. */
  body: ReadableStreamDefaultController<Uint8Array> | undefined
}

interface AsksOptions {
  readonly bot: Bot
  readonly served: FetchedSession
  /** Its number on the connection. */
  readonly number: number
  readonly writer: FrameWriter
}

/** The requests of clients to the bot of one call or session. */
export class Asks {
  readonly #options: AsksOptions
  readonly #pending = new Map<number, Pending>()

  constructor(options: AsksOptions) {
    this.#options = options
  }

  receive(frame: Frame): void {
    if (frame.type === frameType.ask) void this.#answer(readAsk(frame))
    else if (frame.type === frameType.askBody) this.#feed(readPiece(frame))
    else if (frame.type === frameType.cancelAsk) this.#cancel(frame.payload.readUInt32BE(0))
  }

  /** The call is over. */
  end(): void {
    for (const id of this.#pending.keys()) this.#cancel(id)
  }

  async #answer(ask: Ask): Promise<void> {
    const { bot, served, writer, number } = this.#options
    const { id } = ask
    if (!bot.fetch) {
      writer.writeJson(frameType.answer, number, { id, failure: 'no-routes' })
      return
    }
    const pending: Pending = { cancel: new AbortController(), body: undefined }
    this.#pending.set(id, pending)
    try {
      const response: unknown = await bot.fetch(toRequest(ask, pending), served)
      if (!(response instanceof Response) || response.type === 'error') {
        throw new TypeError('fetch must return a Response')
      }
      const { status, headers } = response
      writer.writeJson(frameType.answer, number, { id, status, headers: [...headers] })
      await this.#sendBody(id, response.body, pending.cancel.signal)
    } catch (error) {
      if (!pending.cancel.signal.aborted)
        process.stderr.write(`fetch threw: ${String(error instanceof Error ? error.stack : error)}\n`)
      // Behind an answer that has begun, the broken body says it.
      writer.writeJson(frameType.answer, number, { id, failure: 'threw' })
    } finally {
      this.#pending.delete(id)
    }
  }

  async #sendBody(id: number, body: ReadableStream<Uint8Array> | null, signal: AbortSignal): Promise<void> {
    const { writer, number } = this.#options
    const send = (state: BodyPiece['state'], bytes: Uint8Array = noBytes) =>
      writePieces(writer, frameType.answerBody, number, { id, state, bytes })
    try {
      // The signal cancels a body that waits for something to tell, too: nobody listens any more.
      await body?.pipeTo(new WritableStream({ write: (bytes) => send('more', bytes) }), { signal })
      send('end')
    } catch (error) {
      if (signal.aborted) return
      process.stderr.write(`the body of an answer broke off: ${String(error)}\n`)
      send('broken')
    }
  }

  #feed({ id, state, bytes }: BodyPiece): void {
    const pending = this.#pending.get(id)
    if (!pending?.body) return
    if (bytes.length > 0) pending.body.enqueue(bytes)
    if (state === 'more') return
    if (state === 'end') pending.body.close()
    else pending.body.error(new Error('the client broke off its request'))
    pending.body = undefined
  }

  #cancel(id: number): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#pending.delete(id)
    const gone = new Error('the client is gone')
    pending.body?.error(gone)
    pending.body = undefined
    pending.cancel.abort(gone)
  }
}

const noBytes = new Uint8Array(0)

/** Where the node is reached is not the bot's business: its routes begin at the root. */
function toRequest({ method, path, headers, hasBody }: Ask, pending: Pending): Request {
  const body = hasBody
    ? new ReadableStream<Uint8Array>({
        start: (controller) => {
          pending.body = controller
        },
        cancel: () => {
          pending.body = undefined
        },
      })
    : null
  return new Request(`http://bot${path}`, {
    method,
    headers: headers.map(([name, value]) => [name, value]),
    signal: pending.cancel.signal,
    ...(body && { body, duplex: 'half' }),
  })
}

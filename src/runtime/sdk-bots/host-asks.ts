import type { Clock, Timer } from '../../lib/clock.ts'
import { type Answer, type BodyPiece, readAnswer, readPiece, writePieces } from '../../sdk/ask.ts'
import { type Frame, type FrameWriter, frameType } from '../../sdk/frames.ts'
import { numberBytes } from '../../sdk/wire.ts'
import {
  answeredHeaders,
  answerTimeoutMs,
  forwardedHeaders,
  isBodiless,
  type ProxiedRequest,
  type ProxiedResponse,
  ProxyError,
} from '../proxied-request.ts'

/** Bytes of requests that one host may have and not have answered: what it does not read would wait in the node. */
export class AskBudget {
  #bytes = 0

  get isSpent(): boolean {
    return this.#bytes >= maxAskedBytes
  }

  add(bytes: number): void {
    this.#bytes += bytes
  }
}

const maxAskedBytes = 2 * 1024 * 1024
const longestBody = 1024 * 1024
/** Of an answer, for a client that does not read. */
const maxUnreadBytes = 4 * 1024 * 1024

interface HostAsksOptions {
  /** Number of the call on the connection. */
  readonly call: number
  readonly sessionId: string
  readonly writer: FrameWriter
  readonly budget: AskBudget
  readonly clock: Clock
}

interface Pending {
  readonly begin: (answer: ProxiedResponse) => void
  readonly fail: (error: ProxyError) => void
  body: ReadableStreamDefaultController<Uint8Array> | undefined
  bytes: number
  timer: Timer
}

/** Requests of clients to an SDK bot, by the session that they are for. */
export class HostAsks {
  readonly #options: HostAsksOptions
  readonly #pending = new Map<number, Pending>()
  #last = 0

  constructor(options: HostAsksOptions) {
    this.#options = options
  }

  /** Resolves when the bot's answer begins. Rejects with a `ProxyError`. */
  ask(request: ProxiedRequest): Promise<ProxiedResponse> {
    const { writer, call, sessionId, budget } = this.#options
    if (budget.isSpent) return Promise.reject(new ProxyError('busy', 'The bot has too many requests. Try again later.'))
    const { method, path, headers, body, signal } = request
    if (Number(headers.get('content-length') ?? 0) > longestBody) return refuseTooLarge(body)
    const id = ++this.#last
    return new Promise((begin, reject) => {
      const fail = (error: ProxyError) => {
        const pending = this.#end(id)
        if (!pending) return
        writer.write(frameType.cancelAsk, call, numberBytes(id))
        pending.body?.error(error)
        reject(error)
      }
      const leave = () => fail(new ProxyError('unreachable', 'The client is gone.'))
      signal.addEventListener('abort', leave, { once: true })
      const pending: Pending = {
        // From then on a client that leaves takes the body with it.
        begin: (answer) => {
          signal.removeEventListener('abort', leave)
          begin(answer)
        },
        fail,
        body: undefined,
        bytes: 0,
        timer: this.#patience(id),
      }
      this.#pending.set(id, pending)
      const forwarded = [...forwardedHeaders(headers, sessionId)]
      writer.writeJson(frameType.ask, call, { id, method, path, headers: forwarded, hasBody: body !== null })
      if (body) void this.#sendBody(id, body)
    })
  }

  receive(frame: Frame): void {
    if (frame.type === frameType.answer) this.#begin(readAnswer(frame))
    else if (frame.type === frameType.answerBody) this.#feed(readPiece(frame))
  }

  /** The session is over, or its bot is gone. */
  end(): void {
    for (const { fail } of this.#pending.values()) fail(new ProxyError('unreachable', 'The session is over.'))
  }

  async #sendBody(id: number, body: ReadableStream<Uint8Array>): Promise<void> {
    const { writer, call, budget } = this.#options
    const send = (state: BodyPiece['state'], bytes: Uint8Array = new Uint8Array(0)) =>
      writePieces(writer, frameType.askBody, call, { id, state, bytes })
    try {
      for await (const bytes of body) {
        const pending = this.#pending.get(id)
        // A bot may answer before it has read all; its client writes on, and is not cut off for that.
        if (!pending) continue
        pending.bytes += bytes.length
        budget.add(bytes.length)
        if (pending.bytes > longestBody) throw tooLarge()
        send('more', bytes)
      }
      send('end')
    } catch (error) {
      send('broken')
      const broken = new ProxyError('unreachable', 'The client broke off its request.')
      this.#pending.get(id)?.fail(error instanceof ProxyError ? error : broken)
    }
  }

  #begin(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    if (!pending) return
    if ('failure' in answer) {
      const hasNone = answer.failure === 'no-routes'
      const why = hasNone
        ? 'This bot answers no requests: it has no fetch.'
        : 'The bot failed to answer. Its log says why.'
      pending.fail(new ProxyError(hasNone ? 'no-routes' : 'unreachable', why))
      return
    }
    this.#renew(pending, answer.id)
    const { status } = answer
    const headers = answeredHeaders(new Headers(answer.headers.map(([name, value]) => [name, value])))
    pending.begin({ status, headers, body: isBodiless(status) ? null : this.#bodyOf(pending) })
  }

  #bodyOf(pending: Pending): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        start: (controller) => {
          pending.body = controller
        },
        cancel: () => {
          pending.body = undefined
          pending.fail(new ProxyError('unreachable', 'The client is gone.'))
        },
      },
      { highWaterMark: maxUnreadBytes, size: (chunk) => chunk?.byteLength ?? 0 },
    )
  }

  #feed({ id, state, bytes }: BodyPiece): void {
    const pending = this.#pending.get(id)
    if (!pending) return
    this.#renew(pending, id)
    if (bytes.length > 0) pending.body?.enqueue(bytes)
    if (state === 'end') this.#end(id)?.body?.close()
    else if (state === 'broken') pending.fail(new ProxyError('unreachable', 'The bot broke off its answer.'))
    else if ((pending.body?.desiredSize ?? 0) < 0) pending.fail(new ProxyError('busy', 'The client does not read.'))
  }

  #patience(id: number): Timer {
    return this.#options.clock.after(answerTimeoutMs, () => {
      const why = `The bot gave no answer within ${answerTimeoutMs / 1000} s.`
      this.#pending.get(id)?.fail(new ProxyError('timed-out', why))
    })
  }

  #renew(pending: Pending, id: number): void {
    pending.timer.cancel()
    pending.timer = this.#patience(id)
  }

  #end(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    if (!pending) return undefined
    this.#pending.delete(id)
    pending.timer.cancel()
    this.#options.budget.add(-pending.bytes)
    return pending
  }
}

/** A client that still sends when it is refused sees a broken connection instead. */
async function refuseTooLarge(body: ReadableStream<Uint8Array> | null): Promise<never> {
  await body?.pipeTo(new WritableStream()).catch(() => undefined)
  throw tooLarge()
}

const tooLarge = () => new ProxyError('too-large', `The body is too large: the bot takes at most ${longestBody} bytes.`)

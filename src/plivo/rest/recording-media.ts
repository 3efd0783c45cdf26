import { failureOf, unreadable, type FailureContext } from './api-failure.ts'
import type { Deadline } from './deadline.ts'
import { networkFailure, timedOut } from './network-failure.ts'

/** An answer whose body is still to come. */
export interface OpenMedia {
  readonly response: Response
  /** For the next part of it. */
  readonly deadline: Deadline
  readonly timeoutMs: number
  readonly maxBytes: number
  readonly context: FailureContext
}

/**
 * The file of a recording while it arrives: iterate it once, or take it whole with `bytes`; dispose of it when you do
 * neither. Both throw a `PlivoApiError` when the file breaks off, or is longer than it may be.
 */
export class RecordingMedia implements AsyncIterable<Uint8Array>, AsyncDisposable {
  /** As the server says, `audio/wav`. */
  readonly contentType: string | undefined
  readonly #media: OpenMedia

  constructor(media: OpenMedia) {
    this.#media = media
    this.contentType = media.response.headers.get('content-type') ?? undefined
  }

  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of this) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    const { response, deadline, maxBytes, context } = this.#media
    let bytes = 0
    try {
      deadline.restart()
      for await (const chunk of response.body ?? []) {
        bytes += chunk.length
        if (bytes > maxBytes) break
        // The time that a slow disk takes is not the network's.
        deadline.pause()
        yield chunk
        deadline.restart()
      }
    } catch (error) {
      throw this.#brokenOff(error)
    } finally {
      deadline.pause()
    }
    if (bytes > maxBytes) throw unreadable(`it has more than ${maxBytes} bytes`, response.status, context)
  }

  /** Closes the connection, unless all has arrived. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { deadline } = this.#media
    deadline.pause()
    deadline.abort()
  }

  #brokenOff(error: unknown): unknown {
    const { deadline, timeoutMs, context } = this.#media
    const failure = deadline.signal.aborted ? timedOut(timeoutMs) : networkFailure(error)
    return failureOf({ last: { answered: false, failure }, doubtful: false }, context)
  }
}

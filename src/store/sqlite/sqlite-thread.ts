import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Statement, StatementResult, ThreadReply, ThreadRequest, ThreadSettings } from './thread-messages.ts'

/** Sources run as they are and as compiled: the thread's main has the extension that this file has. */
const threadMain = new URL(import.meta.url.endsWith('.ts') ? './thread-main.ts' : './thread-main.js', import.meta.url)

/** SQLite refused a statement. `code` is SQLite's extended result code. */
class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code: number | undefined

  constructor(message: string, code: number | undefined) {
    super(message)
    this.code = code
  }
}

/** One connection to an SQLite file, in a thread of its own. Statements run in the order in which they are given. */
export class SqliteThread implements AsyncDisposable {
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<StatementResult>>()
  #lastId = 0
  #gone: Error | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (reply: ThreadReply) => this.#onReply(reply))
    worker.on('error', (error) => this.#fail(error))
    worker.on('exit', () => this.#fail(new Error('the database is closed')))
  }

  /** Opens the file, and makes it when it is not there and may be written. */
  static async open(settings: ThreadSettings): Promise<SqliteThread> {
    const worker = new Worker(threadMain, {
      workerData: settings,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    // Rejects when the file cannot be opened.
    await once(worker, 'message')
    return new SqliteThread(worker)
  }

  /** Rejects with `SqliteError`. */
  run({ sql, parameters }: Statement): Promise<StatementResult> {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = ++this.#lastId
    const answer = Promise.withResolvers<StatementResult>()
    this.#waiting.set(id, answer)
    this.#send({ type: 'run', id, sql, parameters })
    return answer.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#gone) return
    const exited = once(this.#worker, 'exit')
    this.#send({ type: 'close' })
    await exited
  }

  #send(request: ThreadRequest): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(request)
  }

  #onReply(reply: ThreadReply): void {
    if (reply.type === 'ready') return
    const answer = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (reply.type === 'result') answer?.resolve(reply.result)
    else answer?.reject(new SqliteError(reply.message, reply.code))
  }

  #fail(error: Error): void {
    this.#gone ??= error
    for (const answer of this.#waiting.values()) answer.reject(this.#gone)
    this.#waiting.clear()
  }
}

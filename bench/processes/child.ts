import { type ChildProcess, fork } from 'node:child_process'
import type { Reply, Request, Tasks } from './tasks.ts'

type Argument<T extends Tasks, Name extends keyof T> = Parameters<T[Name]>[0]
type Result<T extends Tasks, Name extends keyof T> = Awaited<ReturnType<T[Name]>>

export interface ChildOptions {
  /** Fires when the bench is interrupted: whatever is being waited for rejects. */
  readonly signal: AbortSignal
  readonly execArgv?: readonly string[]
}

const leaveWithinMs = 10_000

/** A process of the bench's that does what it is asked to. It ends when it is disposed, or when this process is gone. */
export class Child<T extends Tasks> implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #exited: Promise<void>
  readonly #signal: AbortSignal
  #lastId = 0

  constructor(main: URL, { signal, execArgv = [] }: ChildOptions) {
    signal.throwIfAborted()
    this.#signal = signal
    const interrupt = () => this.#rejectAll(signal.reason)
    signal.addEventListener('abort', interrupt, { once: true })
    this.#process = fork(main, { execArgv: [...execArgv], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#process.on('message', (reply: Reply) => this.#settle(reply))
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, by) => {
        signal.removeEventListener('abort', interrupt)
        this.#rejectAll(new Error(`${main.pathname} ended with ${by ?? code}`))
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Rejects when the task fails, when the process ends, and when the bench is interrupted. */
  async ask<Name extends keyof T & string>(name: Name, argument: Argument<T, Name>): Promise<Result<T, Name>> {
    this.#signal.throwIfAborted()
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    const request: Request = { id, name, argument }
    this.#process.send(request, (error) => {
      if (error) waiting.reject(error)
    })
    // Both ends are the same build, and `Tasks` is the type of what runs over there.
    return waiting.promise as Promise<Result<T, Name>>
  }

  /** Lets the process end by itself, and makes sure that it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), leaveWithinMs)
    await this.#exited
    clearTimeout(timer)
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting?.reject(new Error(reply.error))
    else waiting?.resolve(reply.value)
  }

  #rejectAll(reason: unknown): void {
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }
}

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { askForStream } from './answer-webhook.ts'
import { EchoCall } from './echo-call.ts'
import { type EchoResult, EchoWindow } from './echo-window.ts'
import { Pacer } from './pacer.ts'

export interface EchoLoadOptions {
  /** A gateway is asked for each call's stream; a bare echo takes whoever comes. */
  readonly target: 'gateway' | 'bare'
  readonly port: number
  readonly calls: number
  /** Whose agent is called. Default: the only one there is. */
  readonly organization?: string
  /** This many are opened at once, and refused ones are left out of the count. */
  readonly storm?: number
}

const frameMs = 20
/** Calls that are being opened at once. Setting up is not what is measured. */
const openingAtOnce = 4

/** Many calls to an echo, each sending a frame every 20 ms, their phases spread evenly over those 20 ms. */
export class EchoLoad {
  readonly #options: EchoLoadOptions
  /** A call that could not be opened stays undefined: its frames are due all the same, and lost. */
  readonly #calls: (EchoCall | undefined)[]
  readonly #lastEchoes: Int32Array
  /** Calls that were given a stream. */
  #admitted = 0
  #pacer: Pacer | undefined
  #window: EchoWindow | undefined

  constructor(options: EchoLoadOptions) {
    this.#options = options
    this.#calls = Array.from({ length: options.calls })
    this.#lastEchoes = new Int32Array(options.calls).fill(-1)
  }

  /** Resolves once every call has had an answer, with why some could not be opened. */
  async open(): Promise<readonly string[]> {
    const failures: string[] = []
    const attempts = this.#calls.keys()
    const openNext = async () => {
      for (const _ of attempts) await this.#open().catch((error: unknown) => failures.push(String(error)))
    }
    const { storm } = this.#options
    await Promise.all(Array.from({ length: storm ?? openingAtOnce }, openNext))
    if (storm !== undefined) this.#calls.length = this.#admitted
    return failures
  }

  /** Starts to send, and goes on until `finish`. */
  async stream(warmUpMs: number): Promise<void> {
    const count = this.#calls.length
    const pacer = new Pacer(frameMs / count, (n) => {
      this.#window?.sending(n, pacer.dueAt(n))
      this.#calls[n % count]?.send(Math.floor(n / count))
    })
    this.#pacer = pacer
    pacer.start()
    await sleep(warmUpMs)
  }

  /** Resolves when all frames that are due within the window have been sent. */
  async measure(windowMs: number): Promise<void> {
    const from = this.#pacer?.next ?? 0
    const count = Math.round((windowMs / frameMs) * this.#calls.length)
    this.#window = new EchoWindow(from, from + count)
    while (this.#pacer && this.#pacer.next < from + count) {
      await sleep(Math.max(1, this.#pacer.dueAt(from + count - 1) - performance.now()))
    }
  }

  /** Stops sending, waits for late echoes, and ends the calls. */
  async finish(graceMs: number): Promise<EchoResult> {
    this.#pacer?.stop()
    await sleep(graceMs)
    const result = this.#window?.result()
    if (!result) throw new Error('nothing was measured')
    for (const call of this.#calls) call?.close()
    return result
  }

  async #open(): Promise<void> {
    const { target, port, organization } = this.#options
    const callId = randomUUID()
    const url =
      target === 'bare' ? `ws://127.0.0.1:${port}` : (await askForStream(port, callId, organization)).streamUrl
    const number = this.#admitted++
    const call = new EchoCall(url, {
      call: number,
      callId,
      onEcho: (frame) => this.#hear(number, frame),
      onDamage: () => this.#window?.damage(),
    })
    await call.opened()
    this.#calls[number] = call
  }

  #hear(call: number, frame: number): void {
    if (frame <= (this.#lastEchoes[call] ?? -1)) this.#window?.damage()
    this.#lastEchoes[call] = frame
    this.#window?.came(frame * this.#calls.length + call)
  }
}

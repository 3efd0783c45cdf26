import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { askForStream } from './answer-webhook.ts'
import { EchoCall } from './echo-call.ts'
import { type EchoResult, EchoWindow } from './echo-window.ts'
import { Pacer } from './pacer.ts'

export interface EchoLoadOptions {
  /** A gateway is asked for each call's stream; a bare echo takes them all at once. */
  readonly target: 'gateway' | 'bare'
  readonly port: number
  readonly calls: number
}

const frameMs = 20
/** Calls that are being opened at once: setting up is not what is measured. */
const openingAtOnce = 4

/** Many calls to an echo, each sending a frame every 20 ms, their phases spread evenly over the 20 ms. */
export class EchoLoad {
  readonly #calls: (EchoCall | undefined)[]
  readonly #lastFrames: Int32Array
  readonly #pacer: Pacer
  #window: EchoWindow | undefined

  private constructor(calls: (EchoCall | undefined)[], lastFrames: Int32Array) {
    this.#calls = calls
    this.#lastFrames = lastFrames
    this.#pacer = new Pacer(frameMs / calls.length, (n) => {
      this.#calls[n % this.#calls.length]?.send(Math.floor(n / this.#calls.length))
      this.#window?.sent(n, this.#pacer.dueAt(n))
    })
  }
}

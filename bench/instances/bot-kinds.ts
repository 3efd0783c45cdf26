import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BotCode } from '../../src/runtime/bot-code.ts'
import { takePort } from '../../src/runtime/commands/free-port.ts'
import { botImage, hasEngine } from '../../test/support/engine.ts'

const serverBot = 'bench/bots/server-bot.ts'

export interface ServerBotOptions {
  /** The bundled server bot. */
  readonly path: string
  /** Says a word as soon as a call begins. */
  readonly speaksFirst: boolean
}

/** A server bot that runs by itself, without a node. */
export class LoneBot implements AsyncDisposable {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(port: number, process: ChildProcess) {
    this.port = port
    this.#process = process
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`
  }

  /** Resolves once it answers. */
  static async start({ path, speaksFirst }: ServerBotOptions): Promise<LoneBot> {
    const port = await takePort()
    const environment = { PATH: process.env['PATH'], PORT: String(port), HOST: '127.0.0.1', ...wordOf(speaksFirst) }
    const bot = new LoneBot(port, spawn(process.execPath, [path], { stdio: 'ignore', env: environment }))
    while (!(await answers(port))) await sleep(2)
    return bot
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
  }
}

/** The same server bot as the node is told to run it, by kind. */
export async function serverBotCodes(path: string): Promise<ReadonlyMap<string, BotCode>> {
  const codes = new Map<string, BotCode>()
  codes.set('command', { kind: 'command', command: [process.execPath, path], workingDirectory: '/tmp' })
  if (!hasEngine) return codes
  const profile = { cpuMillicores: 1500, memoryBytes: 1024 ** 3 }
  return codes.set('image', { kind: 'image', image: await botImage(serverBot), profile, labels: {} })
}

export const wordOf = (speaksFirst: boolean): Record<string, string> => (speaksFirst ? { SPEAKS_FIRST: '1' } : {})

const answers = (port: number) =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )

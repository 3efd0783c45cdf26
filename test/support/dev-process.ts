import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pause } from './patience.ts'

export interface DevOptions {
  readonly args: readonly string[]
  /** That it runs in. Default: this repository. */
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
}

const forceAfterMs = 20_000

/** `offhook dev` as a person runs it: a process of its own, on a free port, with a home of its own. */
export class DevProcess implements AsyncDisposable {
  readonly home: string
  readonly #child: ChildProcess
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>
  #output = ''

  private constructor(child: ChildProcess, home: string) {
    this.#child = child
    this.home = home
    const collect = (text: Buffer) => {
      this.#output += text.toString('utf8')
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    this.exited = new Promise((resolve) => {
      child.once('close', (code) => resolve(code))
    })
  }

  static async start({ args, folder = '.', environment = {} }: DevOptions): Promise<DevProcess> {
    const home = await mkdtemp(join(tmpdir(), 'offhook-test-'))
    const child = spawn(process.execPath, [resolve('bin/offhook.js'), 'dev', ...args], {
      cwd: folder,
      env: { ...process.env, PORT: '0', OFFHOOK_HOME: home, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const dev = new DevProcess(child, home)
    try {
      await dev.until(/Answer URL.*\n/)
    } catch (error) {
      await dev[Symbol.asyncDispose]()
      throw error
    }
    return dev
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get output(): string {
    return this.#output
  }

  /** The address to give to Plivo. */
  get answerUrl(): string {
    return /Answer URL\s+(\S+)/.exec(this.#output)?.[1] ?? ''
  }

  get port(): number {
    return Number(new URL(this.answerUrl).port)
  }

  /** Waits until the output, from its character `since` on, matches. Rejects when the process ends first. */
  async until(pattern: RegExp, { since = 0, timeoutMs = 30_000 } = {}): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const { exitCode, signalCode } = this.#child
      const match = pattern.exec(this.#output.slice(since))
      if (match) return match
      if (exitCode !== null || signalCode !== null) {
        throw new Error(`it ended with ${exitCode ?? signalCode}:\n${this.#output}`)
      }
      if (Date.now() > deadline) throw new Error(`${pattern} did not come:\n${this.#output}`)
      await pause(10)
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const force = setTimeout(() => this.#child.kill('SIGKILL'), forceAfterMs)
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM')
      await pause(50)
      this.#child.kill('SIGTERM')
    }
    await this.exited
    clearTimeout(force)
    await rm(this.home, { recursive: true, force: true })
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface DevOptions {
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** `offhook dev` as a person runs it: a process of its own, on a free port, with a home of its own. */
export class DevProcess implements AsyncDisposable {
  readonly home: string
  readonly #child: ChildProcess
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
      child.once('exit', (code) => resolve(code))
    })
  }

  static async start({ args, environment = {} }: DevOptions): Promise<DevProcess> {
    const home = await mkdtemp(join(tmpdir(), 'offhook-test-'))
    const child = spawn(process.execPath, ['bin/offhook.js', 'dev', ...args], {
      env: { ...process.env, PORT: '0', OFFHOOK_HOME: home, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const dev = new DevProcess(child, home)
    await dev.until(/Answer URL/)
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

  /** Waits until the output matches. Rejects when the process ends first. */
  async until(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs
    for (;;) {
      const match = pattern.exec(this.#output)
      if (match) return match
      if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}:\n${this.#output}`)
      if (Date.now() > deadline) throw new Error(`${pattern} did not come:\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGTERM')
      await new Promise((resolve) => setTimeout(resolve, 50))
      this.#child.kill('SIGTERM')
    }
    await this.exited
    await rm(this.home, { recursive: true, force: true })
  }
}

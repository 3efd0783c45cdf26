import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { pause } from './patience.ts'

const startMs = 30_000

/** `offhook serve` as a person runs it, on a home that outlives it. */
export class KillableServe implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  #output = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exited = once(child, 'close')
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.#output += bytes.toString('utf8')
      })
    }
  }

  static async start(home: string, environment: Readonly<Record<string, string>> = {}): Promise<KillableServe> {
    const child = spawn(process.execPath, ['bin/offhook.js', 'serve'], {
      env: { ...process.env, PORT: '0', OFFHOOK_HOME: home, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const serve = new KillableServe(child)
    const deadline = Date.now() + startMs
    while (!serve.#output.includes('Stop          Ctrl-C')) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL')
        throw new Error(`it did not start:\n${serve.#output}`)
      }
      await pause(10)
    }
    return serve
  }

  get output(): string {
    return this.#output
  }

  get url(): string {
    return /serves .*?(http:\/\/127\.0\.0\.1:\d+)/.exec(this.#output)?.[1] ?? ''
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Of the first start. */
  get owner(): { readonly token: string; readonly organization: string } {
    const token = /pcc_pat_[\w-]+/.exec(this.#output)?.[0] ?? ''
    return { token, organization: /Organization\s+(\S+)/.exec(this.#output)?.[1] ?? '' }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Exit code, once it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#exited
    return this.#child.exitCode
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGTERM')
    await pause(50)
    this.#child.kill('SIGTERM')
    await this.#exited
  }
}

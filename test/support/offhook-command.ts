import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface CommandOptions {
  /** Where it is typed. Default: this checkout. */
  readonly cwd?: string | undefined
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** The Node.js that runs it. */
  readonly node?: string
}

/** A command as a person types it. */
export class OffhookCommand implements AsyncDisposable {
  readonly ended: Promise<CommandResult>
  readonly #child: ChildProcess
  readonly #output = { stdout: '', stderr: '' }

  constructor(args: readonly string[], { environment = {}, node = process.execPath, cwd }: CommandOptions = {}) {
    this.#child = spawn(node, [resolve('bin/offhook.js'), ...args], {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        this.#output[stream] += text
      })
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => resolve({ code, ...this.#output }))
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get stdout(): string {
    return this.#output.stdout
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }
}

/** Runs a command to its end. */
export async function offhook(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  await using command = new OffhookCommand(args, options)
  return await command.ended
}

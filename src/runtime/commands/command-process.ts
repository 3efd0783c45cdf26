import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '../../lib/clock.ts'
import { closePipesAfterExit } from '../close-pipes-after-exit.ts'
import { listeningPorts } from './listening-ports.ts'
import type { OnOutput, PlaceExit } from '../server-bots/server-place.ts'
import { spawnFailure } from '../spawn-failure.ts'

interface CommandProcessOptions {
  readonly command: readonly string[]
  readonly workingDirectory: string
  readonly environment: Readonly<Record<string, string>>
  /** An empty folder for its temporary files. */
  readonly scratch: string
  readonly clock: Clock
  readonly onOutput: OnOutput
}

const killAfterMs = 2000
/** Servers that were asked to end say so in one of these ways. */
const orderlyCodes = [0, 143]

/** Starts a program. Rejects with an `InstanceStartError` when that cannot be. */
export async function startCommand(options: CommandProcessOptions): Promise<CommandProcess> {
  try {
    const process = new CommandProcess(options)
    await process.started
    return process
  } catch (error) {
    const [program = ''] = options.command
    throw spawnFailure(error, { what: "the bot's command", program, environment: options.environment })
  }
}

/** A program that serves calls: no shell around it, and a process group of its own. */
class CommandProcess {
  readonly pid: number | undefined
  /** Rejects when there is no such program. */
  readonly started: Promise<void>
  /** Resolves when the program is gone, and its output has been read. */
  readonly exited: Promise<PlaceExit>
  readonly #child: ChildProcess
  readonly #clock: Clock

  constructor({
    command: [program = '', ...args],
    workingDirectory,
    environment,
    scratch,
    clock,
    onOutput,
  }: CommandProcessOptions) {
    this.#clock = clock
    this.#child = spawn(program, args, {
      cwd: workingDirectory,
      env: { TMPDIR: scratch, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A terminal's Ctrl-C does not reach the group, and what the program starts can be ended with it.
      detached: true,
    })
    this.pid = this.#child.pid
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => onOutput(stream, text))
    }
    this.started = new Promise((resolve, reject) => {
      this.#child.once('spawn', resolve)
      this.#child.once('error', reject)
    })
    this.exited = new Promise((resolve) => {
      // What the program started itself would hold the pipes open, and outlive it.
      this.#child.once('exit', () => this.kill())
      closePipesAfterExit({ child: this.#child, scratch, clock })
      // `close` comes after the pipes are read to their end, so that last words are not lost.
      this.#child.once('close', (code, signal) => resolve(exitOf(code, signal)))
    })
  }

  /** Asks it to end, and ends it when it does not. */
  stop(): void {
    this.#signal('SIGTERM')
    const timer = this.#clock.after(killAfterMs, () => this.kill())
    void this.exited.then(() => timer.cancel())
  }

  /** Ends it, and all it has started. */
  kill(): void {
    this.#signal('SIGKILL')
  }

  /** Where it does listen, in a few words; undefined when that is unknown. */
  async listensOn(): Promise<string | undefined> {
    if (this.pid === undefined) return undefined
    const ports = await listeningPorts(this.pid)
    return ports.length === 0 ? undefined : `the bot listens on port ${ports.join(', ')}`
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined) return
    try {
      process.kill(-this.pid, signal)
    } catch {
      // Gone already.
    }
  }
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): PlaceExit {
  if (signal !== null) return { how: `was killed by ${signal}`, orderly: false }
  return { how: `exited with code ${code}`, orderly: orderlyCodes.includes(code ?? -1) }
}

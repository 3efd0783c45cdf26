import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../lib/clock.ts'
import { closePipesAfterExit } from '../close-pipes-after-exit.ts'
import { removeScratch } from '../scratch.ts'
import { spawnFailure } from '../spawn-failure.ts'

export interface BotProcessOptions {
  /** Path of the bundled bot. */
  readonly bundle: string
  /** Folder that the bot's relative paths start from. */
  readonly workingDirectory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** An empty folder for its temporary files, which goes with it. */
  readonly scratch: string
  /** What the process may use; its heap gets most of that. Default: as Node.js sees fit. */
  readonly maxMemoryBytes?: number | undefined
  readonly clock: Clock
  /** Text that left the process by its pipes. */
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void
  readonly onExit: (how: string) => void
}

/** Sources run as they are and as compiled: the child's main has the extension that this file has. */
const hostMain = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../sdk/host/main.ts' : '../../sdk/host/main.js', import.meta.url),
)

const killAfterMs = 2000

/** The rest is for what lies outside of the heap: buffers, code, stacks. */
const heapShare = 0.75

function nodeFlags({ maxMemoryBytes }: BotProcessOptions): string[] {
  const heap =
    maxMemoryBytes === undefined
      ? []
      : [`--max-old-space-size=${Math.floor((maxMemoryBytes * heapShare) / 1024 / 1024)}`]
  return ['--disable-warning=ExperimentalWarning', ...heap]
}

/** A child process that runs one bot bundle, with a socket pair between it and us. */
export class BotProcess {
  /** Bytes to and from the host. A socket pair: no path in the file system, nobody else can connect. */
  readonly connection: Duplex
  readonly pid: number
  readonly #child: ChildProcess
  readonly #clock: Clock
  readonly #exited: Promise<void>

  /** Throws an `InstanceStartError` for what is wrong before there is a process. */
  constructor(options: BotProcessOptions) {
    const { bundle, workingDirectory, environment, scratch, clock, onOutput, onExit } = options
    this.#clock = clock
    try {
      this.#child = spawn(process.execPath, [...nodeFlags(options), hostMain, bundle], {
        cwd: workingDirectory,
        env: { TMPDIR: scratch, ...environment },
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        // A process group of its own: a terminal's Ctrl-C does not reach it, and what it starts can be ended with it.
        detached: true,
      })
      this.connection = connectionOf(this.#child)
    } catch (error) {
      void removeScratch(scratch)
      throw spawnFailure(error, { what: "the bot's process", program: process.execPath, environment })
    }
    this.connection.on('error', () => undefined)
    this.pid = this.#child.pid ?? 0
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => onOutput(stream, text))
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#exited = promise.then(() => removeScratch(scratch))
    this.#child.once('error', (error) => {
      resolve()
      onExit(`could not be started: ${error.message}`)
    })
    // What the bot started itself would hold the pipes open, and outlive it.
    this.#child.once('exit', () => this.#signalGroup('SIGKILL'))
    closePipesAfterExit({ child: this.#child, scratch, clock })
    // `close` comes after the pipes are read to their end, so that last words are not lost.
    this.#child.once('close', (code, signal) => {
      resolve()
      onExit(signal ? `was killed by ${signal}` : `exited with code ${code}`)
    })
  }

  /** Ends the process: politely, then for certain. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.connection.destroy()
    this.#signalGroup('SIGTERM')
    const timer = this.#clock.after(killAfterMs, () => this.#signalGroup('SIGKILL'))
    await this.#exited
    timer.cancel()
  }

  /** For a process that no longer does what it is told. */
  kill(): void {
    this.#signalGroup('SIGKILL')
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (this.pid === 0) return
    try {
      process.kill(-this.pid, signal)
    } catch {
      // Gone already.
    }
  }
}

/** Where no more files can be opened there are no pipes, and the error that says so comes later. */
function connectionOf(child: ChildProcess): Duplex {
  const pipes: readonly unknown[] | undefined = child.stdio
  if (pipes) return pipes[3] as Duplex
  child.on('error', () => undefined)
  throw Object.assign(new Error('there are no pipes'), { code: 'EMFILE' })
}

import { PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import { type Clock, sleep } from '../../lib/clock.ts'
import type { Profile } from '../profile.ts'
import type { OnOutput, PlaceExit } from '../server-bots/server-place.ts'
import type { Usage } from '../link.ts'
import { type UsageMark, usageOf } from './container-usage.ts'
import { statusOf } from './engine.ts'

interface ContainerOptions {
  readonly docker: Docker
  readonly id: string
  readonly profile: Profile
  readonly clock: Clock
  readonly onOutput: OnOutput
}

/** From the request to end until its end is made. */
const stopAfterSeconds = 10
const retryMs = 1000
/** Servers that were asked to end say so in one of these ways. */
const orderlyCodes = [0, 143]

/** One container that the engine has made: from its start until nothing is left of it. */
export class Container {
  readonly #options: ContainerOptions
  readonly #handle: Docker.Container
  #printed: Promise<void> = Promise.resolve()
  #mark: UsageMark = { atMs: 0, cpuNanoseconds: 0 }

  constructor(options: ContainerOptions) {
    this.#options = options
    this.#handle = options.docker.getContainer(options.id)
  }

  /** Starts it; what it prints is told from its first word on. */
  async start(): Promise<void> {
    const stream = await this.#handle.attach({ stream: true, stdout: true, stderr: true })
    this.#printed = this.#read(stream)
    this.#mark = { atMs: this.#options.clock.now(), cpuNanoseconds: 0 }
    await this.#handle.start()
  }

  inspect(): Promise<Docker.ContainerInspectInfo> {
    return this.#handle.inspect()
  }

  /** Resolves when it has ended and is removed. Never rejects: an engine that is away for a while is waited for. */
  async untilGone(): Promise<PlaceExit> {
    for (;;) {
      try {
        await this.#handle.wait()
        const { State } = await this.#handle.inspect()
        // An engine that dies takes its end of the stream along.
        await Promise.race([this.#printed, sleep(this.#options.clock, retryMs)])
        await this.remove()
        return exitOf(State, this.#options.profile)
      } catch (error) {
        if (statusOf(error) === 404) return { how: 'was removed by somebody else', orderly: false }
        await sleep(this.#options.clock, retryMs)
      }
    }
  }

  /** Asks it to end, and has it ended after a while. */
  async stop(): Promise<void> {
    await this.#handle.stop({ t: stopAfterSeconds }).catch(() => this.kill())
  }

  kill(): void {
    // Not running, or gone: that is what was wanted.
    this.#handle.kill().catch(() => undefined)
  }

  /** With what it has written, running or not. */
  async remove(): Promise<void> {
    await this.#handle.remove({ force: true, v: true }).catch((error: unknown) => {
      // 409: its removal is under way.
      if (![404, 409].includes(statusOf(error) ?? 0)) throw error
    })
  }

  async usage(): Promise<Usage> {
    const { usage, mark } = usageOf(await this.#handle.stats({ stream: false, 'one-shot': true }), this.#mark)
    this.#mark = mark
    return usage
  }

  #read(stream: NodeJS.ReadableStream): Promise<void> {
    const { docker, onOutput } = this.#options
    const pipes = { stdout: new PassThrough(), stderr: new PassThrough() }
    for (const name of ['stdout', 'stderr'] as const) {
      pipes[name].setEncoding('utf8').on('data', (text: string) => onOutput(name, text))
    }
    docker.modem.demuxStream(stream, pipes.stdout, pipes.stderr)
    return new Promise((resolve) => {
      stream
        .once('end', resolve)
        .once('close', resolve)
        .once('error', () => resolve())
    })
  }
}

function exitOf({ OOMKilled, ExitCode }: Docker.ContainerInspectInfo['State'], { memoryBytes }: Profile): PlaceExit {
  if (OOMKilled) {
    const gibibytes = memoryBytes / 1024 ** 3
    return { how: `was killed: it needed more memory than its profile has (${gibibytes} GB)`, orderly: false }
  }
  return { how: `exited with code ${ExitCode}`, orderly: orderlyCodes.includes(ExitCode) }
}

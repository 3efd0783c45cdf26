import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { Clock } from '../../lib/clock.ts'
import { type Engine, engineMessageOf, statusOf } from './engine.ts'
import { BuildTrace, buildTraceId } from './build-trace.ts'
import { followEngine } from './engine-progress.ts'

export interface ImageBuildRequest {
  /** A tar archive, with gzip or without. */
  readonly context: Readable
  /** Path within the context. */
  readonly dockerfilePath: string
  /** The image's name afterwards. */
  readonly tag: string
  readonly labels: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Ends it. */
  readonly signal: AbortSignal
  /** A piece of what the build prints, as it comes. */
  readonly onLog: (text: string) => void
}

/** A build that came to nothing. The message is for the person whose Dockerfile it is. */
export class ImageBuildError extends Error {
  override readonly name = 'ImageBuildError'
  readonly timedOut: boolean

  constructor(message: string, { timedOut = false, ...options }: ErrorOptions & { timedOut?: boolean } = {}) {
    super(message, options)
    this.timedOut = timedOut
  }
}

/** A compiler needs more than a bot; a build must still not take all there is. */
const maxMemoryBytes = 4 * 1024 ** 3
const cpuPeriod = 100_000
const maxCpus = 2

/** Builds an image in the engine, which keeps it. Returns its size in bytes. Rejects with an `ImageBuildError`. */
export async function buildImage(
  { separate, hasBuildKit }: Engine,
  clock: Clock,
  { context, dockerfilePath, tag, labels, timeoutMs, signal, onLog }: ImageBuildRequest,
): Promise<number> {
  const { docker, close } = separate()
  const trace = new BuildTrace()
  let timedOut = false
  let unreadable: Error | undefined
  // The engine would wait for the rest of it.
  context.once('error', (error) => {
    unreadable = error
    close()
  })
  const timer = clock.after(timeoutMs, () => {
    timedOut = true
    close()
  })
  signal.addEventListener('abort', close, { once: true })
  try {
    signal.throwIfAborted()
    const stream = await docker.buildImage(context, {
      dockerfile: dockerfilePath,
      t: tag,
      labels: { ...labels },
      ...(hasBuildKit && { version: '2' as const }),
      ...((await hasBridge(docker)) ? {} : { networkmode: 'host' }),
      rm: true,
      forcerm: true,
      memory: maxMemoryBytes,
      memswap: maxMemoryBytes,
      cpuperiod: cpuPeriod,
      cpuquota: maxCpus * cpuPeriod,
    })
    await followEngine(docker, stream, ({ id, aux, stream: text, error }) => {
      if (id === buildTraceId && typeof aux === 'string') onLog(trace.read(aux))
      else onLog(text ?? error ?? '')
    })
    const { Size } = await docker.getImage(tag).inspect()
    return Size
  } catch (error) {
    if (timedOut) {
      throw new ImageBuildError(`the build was not done in ${timeoutMs / 1000} s`, { timedOut: true, cause: error })
    }
    if (unreadable) throw new ImageBuildError(contextProblem(unreadable), { cause: error })
    if (signal.aborted) throw new ImageBuildError('the node stopped while it built: deploy again', { cause: error })
    throw new ImageBuildError(engineMessageOf(error), { cause: error })
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', close)
    // The engine's questions to a builder's client have a connection that nobody else would close.
    close()
  }
}

const contextProblem = ({ message, code }: Error & { code?: unknown }): string =>
  String(code).startsWith('Z_') ? `the build context must be a tar archive with gzip: ${message}` : message

/** Builders know an engine's first network, and the machine's: where the one was left out, it has to be the other. */
async function hasBridge(docker: Docker): Promise<boolean> {
  try {
    await docker.getNetwork('bridge').inspect()
    return true
  } catch (error) {
    // Podman's first network has another name, and its builder finds it by itself.
    return statusOf(error) !== 404 || (await docker.listNetworks()).some(({ Name }) => Name === 'podman')
  }
}

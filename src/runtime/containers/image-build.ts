import type { Readable } from 'node:stream'
import type { Clock } from '../../lib/clock.ts'
import type { ContainerNetwork } from './container-request.ts'
import { type Engine, engineMessageOf } from './engine.ts'
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
  /** A piece of what the build prints, as it comes. */
  readonly onLog: (text: string) => void
}

/** A build that came to nothing. The message is for the person whose Dockerfile it is. */
class ImageBuildError extends Error {
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
  { docker, hasBuildKit }: Engine,
  network: ContainerNetwork,
  clock: Clock,
  { context, dockerfilePath, tag, labels, timeoutMs, onLog }: ImageBuildRequest,
): Promise<number> {
  const abort = new AbortController()
  const timer = clock.after(timeoutMs, () => abort.abort())
  try {
    const stream = await docker.buildImage(context, {
      dockerfile: dockerfilePath,
      t: tag,
      labels: { ...labels },
      ...(hasBuildKit && { version: '2' as const }),
      // What an engine without networks of its own has.
      ...(network.kind === 'host' && { networkmode: 'host' }),
      rm: true,
      forcerm: true,
      memory: maxMemoryBytes,
      memswap: maxMemoryBytes,
      cpuperiod: cpuPeriod,
      cpuquota: maxCpus * cpuPeriod,
      abortSignal: abort.signal,
    })
    await followEngine(docker, stream, ({ stream: text, error }) => onLog(text ?? error ?? ''))
    const { Size } = await docker.getImage(tag).inspect()
    return Size
  } catch (error) {
    if (abort.signal.aborted) {
      throw new ImageBuildError(`the build was not done in ${timeoutMs / 1000} s`, { timedOut: true, cause: error })
    }
    throw new ImageBuildError(engineMessageOf(error), { cause: error })
  } finally {
    timer.cancel()
  }
}

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
  const brokenOff = Promise.withResolvers<never>()
  const breakOff = (message: string, options: ConstructorParameters<typeof ImageBuildError>[1]) => {
    brokenOff.reject(new ImageBuildError(message, options))
    close()
  }
  // The engine would wait for the rest of it.
  const onUnreadable = (cause: Error) => breakOff(contextProblem(cause), { cause })
  const onAbort = () => breakOff('the node stopped while it built: deploy again', { cause: signal.reason })
  const timer = clock.after(timeoutMs, () =>
    breakOff(`the build was not done in ${timeoutMs / 1000} s`, { timedOut: true }),
  )
  context.once('error', onUnreadable)
  if (context.errored) onUnreadable(context.errored)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const build = async (): Promise<number> => {
    const networkmode = (await hasBridge(docker)) ? undefined : 'host'
    const stream = await docker.buildImage(context, {
      dockerfile: dockerfilePath,
      t: tag,
      labels: { ...labels },
      ...(hasBuildKit && { version: '2' as const }),
      ...(networkmode && { networkmode }),
      rm: true,
      forcerm: true,
      memory: maxMemoryBytes,
      memswap: maxMemoryBytes,
      cpuperiod: cpuPeriod,
      cpuquota: maxCpus * cpuPeriod,
    })
    const trace = new BuildTrace()
    await followEngine(docker, stream, ({ id, aux, stream: text, error }) => {
      if (id === buildTraceId && typeof aux === 'string') onLog(trace.read(aux))
      else onLog(text ?? error ?? '')
    })
    const { Size } = await docker.getImage(tag).inspect()
    return Size
  }
  try {
    return await Promise.race([brokenOff.promise, build()])
  } catch (error) {
    if (error instanceof ImageBuildError) throw error
    throw new ImageBuildError(engineMessageOf(error), { cause: error })
  } finally {
    timer.cancel()
    signal.removeEventListener('abort', onAbort)
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

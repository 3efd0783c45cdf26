import type Docker from 'dockerode'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import { ClosingAgent } from './closing-agent.ts'
import { findEngine, type FindEngineOptions, NoEngineError } from './engine-address.ts'

/** A container engine that answers: Docker, or Podman, which speaks the same API. */
export interface Engine {
  readonly docker: Docker
  /** Connections of their own, for as long as something takes; closing them ends whatever is still under way over them. */
  readonly separate: () => { readonly docker: Docker; readonly close: () => void }
  /** What it calls itself, for the log. */
  readonly name: string
  /** What it runs, as images name it: `linux`, `amd64`. */
  readonly platform: { readonly os: string; readonly architecture: string }
  /** Whether it brings an init process for containers. */
  readonly init: boolean
  /** Whether it builds with BuildKit, which newer Dockerfiles need. Podman's own builder knows what they need. */
  readonly hasBuildKit: boolean
}

/** An engine that is busy still says who it is. */
const answerTimeoutMs = 10_000

/** Looks for an engine and talks to it. Rejects with a `NoEngineError` that says what to do. */
export async function openEngine(options: FindEngineOptions & { readonly clock: Clock }): Promise<Engine> {
  const address = await findEngine(options)
  const Client = await loadClient()
  const docker = new Client(address)
  const where = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`
  const silence = Promise.withResolvers<never>()
  const timer = options.clock.after(answerTimeoutMs, () => silence.reject(new Error('no answer in 10 s')))
  try {
    const [version, info] = await Promise.race([Promise.all([docker.version(), docker.info()]), silence.promise])
    return {
      docker,
      separate: () => {
        const agent = new ClosingAgent()
        const options = { ...address, agent }
        return { docker: new Client(options), close: () => agent.destroy() }
      },
      name: `${version.Platform?.Name || 'Docker'} ${version.Version}`.trim(),
      platform: { os: version.Os, architecture: version.Arch },
      hasBuildKit: !(version.Components ?? []).some(({ Name }) => Name.startsWith('Podman')),
      init: typeof info.InitBinary === 'string' && info.InitBinary !== '',
    }
  } catch (error) {
    throw new NoEngineError(`the container engine at ${where} does not answer: ${messageOf(error)}`, { cause: error })
  } finally {
    timer.cancel()
  }
}

/** The client is optional, and takes a moment to load: nodes without containers do without. */
async function loadClient(): Promise<typeof Docker> {
  try {
    return (await import('dockerode')).default
  } catch (error) {
    throw new NoEngineError('images need the package `dockerode`, which was left out: npm install dockerode', {
      cause: error,
    })
  }
}

/** The HTTP status of an engine's refusal, or undefined. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined
  return typeof error.statusCode === 'number' ? error.statusCode : undefined
}

/** What an engine said, without the client's words around it. */
export function engineMessageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'json' in error) {
    const { json } = error
    if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message)
  }
  return messageOf(error)
}

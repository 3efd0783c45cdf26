import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

/** Where a container engine listens. */
export type EngineAddress =
  | { readonly socketPath: string }
  | { readonly protocol: 'http'; readonly host: string; readonly port: number }

/** No engine can be reached. The message says what to do about it. */
export class NoEngineError extends Error {
  override readonly name = 'NoEngineError'
}

/** Reads what `DOCKER_HOST` says. Throws a `NoEngineError` that names the forms it takes. */
export function parseEngineAddress(text: string): EngineAddress {
  if (text.startsWith('unix://') && text.length > 'unix://'.length) {
    return { socketPath: text.slice('unix://'.length) }
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.protocol === 'tcp:' || url.protocol === 'http:') && url.hostname !== '') {
    return { protocol: 'http', host: url.hostname, port: Number(url.port || 2375) }
  }
  throw new NoEngineError(`DOCKER_HOST must be like unix:///var/run/docker.sock or tcp://127.0.0.1:2375, got "${text}"`)
}

/** Where Docker and Podman listen by default: Podman without root has a socket of its own for each user. */
const usualSockets = (runtimeFolder: string | undefined): readonly string[] => [
  '/var/run/docker.sock',
  '/run/podman/podman.sock',
  ...(runtimeFolder === undefined
    ? []
    : [join(runtimeFolder, 'docker.sock'), join(runtimeFolder, 'podman', 'podman.sock')]),
]

export interface FindEngineOptions {
  /** As `DOCKER_HOST` has it. Default: the first usual socket that is there. */
  readonly address?: string | undefined
  /** The user's folder for sockets, `XDG_RUNTIME_DIR`. */
  readonly runtimeFolder?: string | undefined
}

/** Rejects with a `NoEngineError`. */
export async function findEngine({ address, runtimeFolder }: FindEngineOptions): Promise<EngineAddress> {
  if (address !== undefined) return parseEngineAddress(address)
  const sockets = usualSockets(runtimeFolder)
  for (const socketPath of sockets) {
    const usable = await access(socketPath, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    )
    if (usable) return { socketPath }
  }
  throw new NoEngineError(
    `this node has no container engine: start Docker or Podman, or set DOCKER_HOST (looked at ${sockets.join(', ')})`,
  )
}

import type { ImageReference } from './image-reference.ts'

/** As an image pull secret has it. */
export interface PullSecret {
  /** The registry: `https://index.docker.io/v1/`, `ghcr.io`. */
  readonly host: string
  /** base64 of `username:password`. */
  readonly value: string
}

/** What the engine passes on to the registry. */
export interface RegistryCredentials {
  readonly username: string
  readonly password: string
  readonly serveraddress: string
}

/** Name of the registry that a secret is for, as images have it: the host may have been written as a URL. */
export const registryOf = ({ host }: Pick<PullSecret, 'host'>): string => registryNameOf(host)

/** Whether a secret is for the registry of this image; it is shown to no other. */
export const isSecretOf = (secret: PullSecret, { registry }: ImageReference): boolean =>
  registryOf(secret) === registryNameOf(registry)

/** Undefined: the value is not base64 of `username:password`. */
export function credentialsOf({ host, value }: PullSecret): RegistryCredentials | undefined {
  const text = Buffer.from(value, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1), serveraddress: host }
}

const dockerHub = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'])

function registryNameOf(host: string): string {
  const name = host.replace(/^https?:\/\//, '').split('/', 1)[0] ?? ''
  return dockerHub.has(name) ? 'docker.io' : name
}

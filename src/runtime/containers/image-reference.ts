/** An image's name, in its parts. */
export interface ImageReference {
  /** The registry: `docker.io`, `ghcr.io`, `127.0.0.1:5000`. */
  readonly registry: string
  /** All but the tag and the digest, as it was written. */
  readonly name: string
  /** What the engine is to pull: a tag such as `latest`, or a digest such as `sha256:…`. */
  readonly version: string
}

const partPattern = /^[a-z0-9]+([._-]+[a-z0-9]+)*$/
const versionPattern = /^([A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64})$/

/** Undefined: no name that an engine takes. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [tagged = '', digest] = text.split('@', 2)
  // A colon after the last slash begins a tag; one before it, a port.
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1)
  const name = colon < 0 ? tagged : tagged.slice(0, colon)
  const version = digest ?? (colon < 0 ? 'latest' : tagged.slice(colon + 1))
  const parts = name.split('/')
  // Only a registry may have a port.
  if (parts.length > 1) parts[0] = (parts[0] ?? '').replace(/:\d+$/, '')
  if (!parts.every((part) => partPattern.test(part)) || !versionPattern.test(version)) return undefined
  return { registry: registryOf(name), name, version }
}

function registryOf(name: string): string {
  const [first = '', ...rest] = name.split('/')
  const isRegistry = rest.length > 0 && (first === 'localhost' || /[.:]/.test(first))
  return isRegistry ? first : 'docker.io'
}

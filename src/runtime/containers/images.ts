import type Docker from 'dockerode'
import type { Clock } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { type Engine, engineMessageOf, statusOf } from './engine.ts'
import { ImageError, pullErrorCode } from './image-error.ts'
import { parseImageReference, type ImageReference } from './image-reference.ts'
import { followEngine } from './engine-progress.ts'
import { credentialsOf, isSecretOf, type PullSecret, registryOf } from './registry-credentials.ts'

export interface WantedImage {
  /** As a person names it: `me/front-desk:1`. */
  readonly reference: string
  /** A version never changes, whatever becomes of the tag: it is pulled once, and kept under this name. */
  readonly versionId: string
  /** Who may use it, of images that this node built. */
  readonly organizationId: string
  readonly pullSecret?: PullSecret | undefined
}

interface ImagesOptions {
  readonly engine: Engine
  /** A larger image is refused. */
  readonly maxBytes: number
  readonly clock: Clock
  readonly log: Log
}

export const organizationLabel = 'offhook.organization'
const pullTimeoutMs = 15 * 60_000

/** The images of an engine. */
export class Images {
  readonly #engine: Engine
  readonly #maxBytes: number
  readonly #clock: Clock
  readonly #log: Log

  constructor({ engine, maxBytes, clock, log }: ImagesOptions) {
    this.#engine = engine
    this.#maxBytes = maxBytes
    this.#clock = clock
    this.#log = log
  }

  /** Makes sure that the engine has a version's image, and that it can run here. Returns its name. Rejects with an `ImageError`. */
  async prepare({ reference, versionId, organizationId, pullSecret }: WantedImage): Promise<string> {
    const kept = `${keptName}:${versionId}`
    if (await this.#inspect(kept)) return kept
    const parsed = parseImageReference(reference)
    if (!parsed) {
      throw new ImageError('PCC_IMAGE_NOT_FOUND', `"${reference}" is no name of an image: write registry/name:tag`)
    }
    const local = await this.#inspect(reference)
    if (!local && reference.startsWith(builtName)) {
      throw new ImageError('PCC_IMAGE_NOT_FOUND', 'the image of this build is no longer on this node: build it again')
    }
    if (!local || !isOwn(local, parsed, organizationId)) await this.#pull(parsed, reference, pullSecret)
    const image = await this.#inspect(reference)
    if (!image) throw new ImageError('PCC_IMAGE_NOT_FOUND', `the engine has no image "${reference}" after its pull`)
    this.#check(image, reference)
    await this.#engine.docker.getImage(image.Id).tag({ repo: keptName, tag: versionId })
    return kept
  }

  async has(name: string): Promise<boolean> {
    return (await this.#inspect(name)) !== undefined
  }

  async #inspect(name: string): Promise<Docker.ImageInspectInfo | undefined> {
    try {
      return await this.#engine.docker.getImage(name).inspect()
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  }

  async #pull(image: ImageReference, reference: string, secret: PullSecret | undefined): Promise<void> {
    const { docker } = this.#engine
    const own = secret && isSecretOf(secret, image)
    const credentials = own ? credentialsOf(secret) : undefined
    if (own && !credentials) {
      throw new ImageError(
        'PCC_IMAGE_PULL_UNAUTHORIZED',
        `the image pull secret for ${registryOf(secret)} is not base64 of "username:password"`,
      )
    }
    this.#log.info({ image: reference, credentials: credentials !== undefined }, 'an image is pulled')
    const abort = new AbortController()
    const timer = this.#clock.after(pullTimeoutMs, () => abort.abort(timeoutOf(reference)))
    const layers = new Map<string, number>()
    try {
      const options = { fromImage: image.name, tag: image.version, abortSignal: abort.signal }
      const stream = await docker.createImage(credentials ?? {}, options)
      await followEngine(docker, stream, ({ id, progressDetail }) => {
        if (id !== undefined && progressDetail?.total) layers.set(id, progressDetail.total)
        const bytes = [...layers.values()].reduce((sum, size) => sum + size, 0)
        if (bytes > this.#maxBytes) abort.abort(this.#tooLarge(reference, bytes))
      })
    } catch (error) {
      throw abort.signal.aborted ? abort.signal.reason : pullFailure(error, reference, secret, image)
    } finally {
      timer.cancel()
    }
  }

  #check({ Os, Architecture, Size }: Docker.ImageInspectInfo, reference: string): void {
    const { os, architecture } = this.#engine.platform
    if (Os !== os || Architecture !== architecture) {
      const here = `${os}/${architecture}`
      throw new ImageError(
        'PCC_INVALID_IMAGE_PLATFORM',
        `"${reference}" is for ${Os}/${Architecture}, this node runs ${here}: build it with --platform ${here}`,
      )
    }
    if (Size > this.#maxBytes) throw this.#tooLarge(reference, Size)
  }

  #tooLarge(reference: string, bytes: number): ImageError {
    const text = `"${reference}" has ${megabytes(bytes)} MB, more than the ${megabytes(this.#maxBytes)} MB that this node takes`
    return new ImageError('PCC_IMAGE_TOO_LARGE', text)
  }
}

const keptName = 'offhook/version'
const builtName = 'offhook/build:'

/** What the image of a build is called. */
export const nameOfBuild = (buildId: string): string => `${builtName}${buildId}`

const megabytes = (bytes: number) => Math.ceil(bytes / 1024 ** 2)

/** Images that came from no registry are the operator's, made on this machine, or made by this node for one organization. */
function isOwn(
  { RepoDigests, Config }: Docker.ImageInspectInfo,
  { registry }: ImageReference,
  organizationId: string,
): boolean {
  const builtFor = Config.Labels?.[organizationLabel]
  if (builtFor !== undefined) return builtFor === organizationId
  // Some engines give a digest to what they built themselves; no registry has the name "localhost".
  return registry === 'localhost' || (RepoDigests ?? []).length === 0
}

const timeoutOf = (reference: string) =>
  new ImageError('PCC_IMAGE_PULL_UNKNOWN_ERROR', `"${reference}" was not pulled in ${pullTimeoutMs / 60_000} minutes`)

function pullFailure(error: unknown, reference: string, secret: PullSecret | undefined, image: ImageReference) {
  const said = engineMessageOf(error)
  const code = pullErrorCode(said)
  const refused = code === 'PCC_IMAGE_PULL_UNAUTHORIZED'
  const hint = !refused
    ? ''
    : secret === undefined
      ? '. A private image needs an image pull secret'
      : isSecretOf(secret, image)
        ? `. Check the image pull secret for ${registryOf(secret)}`
        : `. The image pull secret is for ${registryOf(secret)}, the image is in ${image.registry}`
  return new ImageError(code, `"${reference}" could not be pulled: ${said}${hint}`, { cause: error })
}

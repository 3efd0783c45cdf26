import type { BuildRequest, ImageBuilder, UploadRequest } from '../../control/image-builder.ts'
import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Containers } from '../../runtime/containers/containers.ts'
import { ImageBuildError } from '../../runtime/containers/image-build.ts'
import { nameOfBuild, organizationLabel } from '../../runtime/containers/images.ts'
import type { Build } from '../../store/schema/agents.ts'
import type { NewBuild } from '../../store/builds.ts'
import { type Store, StoreError } from '../../store/store.ts'
import { BuildLog } from './build-log.ts'
import { BuildTurns } from './build-turns.ts'
import { openContext } from './context-archive.ts'
import { UploadError } from './multipart-file.ts'
import type { ShelvedFile, UploadShelf } from './upload-shelf.ts'

export interface ImageBuildsOptions {
  readonly store: Store
  readonly containers: Containers
  readonly shelf: UploadShelf
  /** Base URL of the node as clients reach it. */
  readonly url: string
  /** No other node has this database. */
  readonly alone: boolean
  readonly timeoutMs: number
  readonly clock: Clock
  readonly log: Log
}

/** More would take from the calls that the node serves. */
const maxAtOnce = 2
/** Pipecat Cloud's command line refuses to send more than 500 MB. */
export const maxContextBytes = 550 * 1024 ** 2
const uploadPath = '/uploads'
const noUpload = 'there is no such upload, or it has been used'

/** Images built from what people upload, by the node's engine, which keeps them. */
export class ImageBuilds implements ImageBuilder, AsyncDisposable {
  readonly #options: ImageBuildsOptions
  readonly #turns = new BuildTurns(maxAtOnce)
  readonly #builds = new Set<Promise<void>>()
  readonly #stop = new AbortController()

  constructor(options: ImageBuildsOptions) {
    this.#options = options
  }

  async createUpload({ organizationId, region }: UploadRequest) {
    const { store, url } = this.#options
    const { id, expiresAt } = await store.uploads.create(organizationId, { region })
    // Whoever knows the address may upload: nobody can guess it, and it is good once and for a quarter of an hour.
    return {
      uploadId: id,
      uploadUrl: `${url}${uploadPath}/${organizationId}/${id}`,
      uploadFields: { key: id },
      expiresAt,
    }
  }

  /** Answers an upload; undefined: the request is none. */
  async receive(request: Request): Promise<Response | undefined> {
    const [, root, organizationId = '', id = '', ...more] = new URL(request.url).pathname.split('/')
    if (`/${root}` !== uploadPath) return undefined
    const { store, shelf, clock, log } = this.#options
    const isUpload = request.method === 'POST' && more.length === 0
    const upload = isUpload ? await store.uploads.find(organizationId, id) : undefined
    if (!upload || upload.path !== null) return refuse(404, noUpload)
    let file: ShelvedFile | undefined
    try {
      file = await shelf.take(request, { owner: organizationId, keptMs: upload.expiresAt - clock.now() })
      await store.uploads.complete(organizationId, id, file)
      return new Response(null, { status: 204 })
    } catch (error) {
      if (file) await shelf.remove(file.path)
      // Another was faster, or its time was over.
      if (error instanceof StoreError) return refuse(404, noUpload)
      if (error instanceof UploadError) return refuse(error.status, error.message)
      log.warn({ upload: id, why: messageOf(error) }, 'an upload broke off')
      return refuse(400, 'the upload broke off')
    }
  }

  async startBuild({ organizationId, uploadId, region, dockerfilePath }: BuildRequest) {
    const { store, shelf } = this.#options
    const upload = await store.uploads.find(organizationId, uploadId)
    if (!upload?.path || upload.contextHash === null) return undefined
    const { path, contextHash, sizeBytes } = upload
    const context = { region, dockerfilePath, contextHash, contextSizeBytes: sizeBytes ?? 0 }
    if (!shelf.claim(path)) return this.#buildOf(organizationId, context)
    try {
      const started = await this.#record(organizationId, context)
      if (started.cached) await shelf.remove(path)
      else this.#follow(this.#build(started.build, path))
      return started
    } catch (error) {
      await shelf.remove(path)
      throw error
    }
  }

  /** The record of a new build, or of one whose image is still here. */
  async #record(organizationId: string, context: NewBuild) {
    const { store, containers } = this.#options
    const started = await store.builds.create(organizationId, context)
    if (!started.cached || (await containers.has(started.build.imageUri ?? ''))) return started
    await this.#markLost(started.build)
    return store.builds.create(organizationId, context)
  }

  /** Builds that a node's end broke off do not go on. Another node of the same database may still be at one for its time. */
  async recover(): Promise<void> {
    const { store, shelf, alone, clock, timeoutMs } = this.#options
    await shelf.clear()
    for (const { id: organizationId } of await store.organizations.list()) {
      for (const status of ['pending', 'building'] as const) {
        const { items } = await store.builds.list(organizationId, { status, limit: 1000 })
        for (const build of items.filter(({ createdAt }) => alone || createdAt + 2 * timeoutMs < clock.now()))
          await store.builds.update(organizationId, build.id, {
            status: 'failed',
            errorMessage: 'the node stopped while it built: deploy again',
            completedAt: clock.now(),
          })
      }
    }
  }

  /** Ends the builds that run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#builds)
    this.#options.shelf[Symbol.dispose]()
  }

  /** Of an upload that was used: somebody asks once more. Undefined: it came to nothing. */
  async #buildOf(organizationId: string, { region, dockerfilePath, contextHash }: NewBuild) {
    const filter = { region, dockerfilePath, contextHash, limit: 1 }
    const [build] = (await this.#options.store.builds.list(organizationId, filter)).items
    if (!build || build.status === 'failed' || build.status === 'timeout') return undefined
    return { build, cached: build.status === 'success' }
  }

  #follow(build: Promise<void>): void {
    this.#builds.add(build)
    void build.then(() => this.#builds.delete(build))
  }

  async #build(build: Build, path: string): Promise<void> {
    const { shelf, log } = this.#options
    using _turn = await this.#turns.take(build.organizationId)
    try {
      await this.#run(build, path)
    } catch (error) {
      log.error({ build: build.id, why: messageOf(error) }, 'the record of a build could not be written')
    } finally {
      await shelf.remove(path)
    }
  }

  async #run({ id, organizationId, dockerfilePath }: Build, path: string): Promise<void> {
    const { store, containers, timeoutMs, clock, log } = this.#options
    const { builds } = store
    const lines = new BuildLog({ append: (texts) => builds.appendLog(organizationId, id, texts), clock })
    await builds.update(organizationId, id, { status: 'building', startedAt: clock.now() })
    const tag = nameOfBuild(id)
    const context = openContext(path, maxContextBytes)
    try {
      const imageSizeBytes = await containers.build({
        context,
        dockerfilePath,
        tag,
        labels: { [organizationLabel]: organizationId },
        timeoutMs,
        signal: this.#stop.signal,
        onLog: (text) => lines.add(text),
      })
      await lines.end()
      const done = { status: 'success' as const, imageUri: tag, imageSizeBytes, completedAt: clock.now() }
      await builds.update(organizationId, id, done)
    } catch (error) {
      const errorMessage = messageOf(error)
      log.warn({ build: id, why: errorMessage }, 'an image was not built')
      lines.add(`${errorMessage}\n`)
      await lines.end()
      const status = error instanceof ImageBuildError && error.timedOut ? ('timeout' as const) : ('failed' as const)
      await builds.update(organizationId, id, { status, errorMessage, completedAt: clock.now() })
    } finally {
      context.destroy()
    }
  }

  async #markLost({ organizationId, id }: Build): Promise<void> {
    const errorMessage = 'its image is no longer on this node'
    await this.#options.store.builds.update(organizationId, id, { status: 'failed', errorMessage })
  }
}

const refuse = (status: 400 | 404 | 413 | 429, error: string): Response =>
  Response.json({ error, message: error, code: String(status), status }, { status })

import type { BuildRequest, ImageBuilder, UploadRequest } from '../../src/control/image-builder.ts'
import type { Store } from '../../src/store/store.ts'

/** Takes contexts for uploaded as soon as an upload was asked for, and every build succeeds at once. */
export class ControlBuilder implements ImageBuilder {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  async createUpload({ organizationId, region }: UploadRequest) {
    const { id, expiresAt } = await this.#store.uploads.create(organizationId, { region })
    return { uploadId: id, uploadUrl: `https://uploads.example/${id}`, uploadFields: { key: id }, expiresAt }
  }

  async startBuild({ organizationId, uploadId, region, dockerfilePath }: BuildRequest) {
    const { builds, uploads } = this.#store
    if (!(await uploads.find(organizationId, uploadId))) return undefined
    const context = { region, dockerfilePath, contextHash: '0123456789abcdef' }
    const { build, cached } = await builds.create(organizationId, context)
    if (cached) return { build, cached }
    await builds.appendLog(organizationId, build.id, ['Step 1/1 : FROM scratch', 'done'])
    await builds.update(organizationId, build.id, { status: 'success', imageUri: 'registry.internal/built:1' })
    return { build, cached }
  }
}

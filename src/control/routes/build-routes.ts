import type { Build } from '../../store/schema/agents.ts'
import type { Access } from '../access.ts'
import { allow } from '../allow.ts'
import { regionFor } from '../agents/deploy-checks.ts'
import { badRequest, notFound } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/builds.ts'
import { defined } from '../defined.ts'
import type { ImageBuilder } from '../image-builder.ts'
import { isoTime, isoTimeOrNull } from '../iso-time.ts'

/** Images that the node builds from an uploaded context. */
export function buildRoutes(app: ControlApp, parts: ControlParts): void {
  const builds = new Builds(parts)
  app.openapi(contract.createUpload, async (context) =>
    context.json(await builds.createUpload(allow(context, 'member'), context.req.valid('json').region), 200),
  )
  app.openapi(contract.startBuild, async (context) => {
    const started = await builds.start(allow(context, 'member'), context.req.valid('json'))
    return started.cached ? context.json(started, 200) : context.json(started, 201)
  })
  app.openapi(contract.listBuilds, async (context) =>
    context.json(await builds.list(allow(context, 'viewer'), context.req.valid('query')), 200),
  )
  app.openapi(contract.readBuild, async (context) =>
    context.json(await builds.read(allow(context, 'viewer'), context.req.valid('param').buildId), 200),
  )
  app.openapi(contract.readBuildLogs, async (context) => {
    const { buildId } = context.req.valid('param')
    return context.json(await builds.logs(allow(context, 'viewer'), buildId, context.req.valid('query').limit), 200)
  })

  app.openapi(contract.cliCreateUpload, async (context) =>
    context.json(await builds.createUpload(allow(context, 'member'), context.req.valid('json').region), 200),
  )
  app.openapi(contract.cliStartBuild, async (context) => {
    const started = await builds.start(allow(context, 'member'), context.req.valid('json'))
    return started.cached ? context.json(started, 200) : context.json(started, 201)
  })
  app.openapi(contract.cliListBuilds, async (context) =>
    context.json(await builds.list(allow(context, 'viewer'), context.req.valid('query')), 200),
  )
  app.openapi(contract.cliReadBuild, async (context) =>
    context.json(await builds.read(allow(context, 'viewer'), context.req.valid('param').buildId), 200),
  )
  app.openapi(contract.cliReadBuildLogs, async (context) => {
    const { buildId } = context.req.valid('param')
    return context.json(await builds.logs(allow(context, 'viewer'), buildId, context.req.valid('query').limit), 200)
  })
}

class Builds {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  async createUpload({ organization }: Access, wanted: string | undefined) {
    const region = await regionFor(this.#parts.store, organization.id, wanted)
    const target = await this.#builder().createUpload({ organizationId: organization.id, region })
    return { ...target, uploadFields: { ...target.uploadFields }, expiresAt: isoTime(target.expiresAt) }
  }

  async start({ organization, actor }: Access, { uploadId, region: wanted, dockerfilePath }: contract.BuildRequest) {
    const { store } = this.#parts
    const organizationId = organization.id
    const region = await regionFor(store, organizationId, wanted)
    const started = await this.#builder().startBuild({ organizationId, uploadId, region, dockerfilePath })
    if (!started)
      throw badRequest(`uploadId: "${uploadId}" is unknown, expired or used, or nothing was uploaded to it.`)
    const { build, cached } = started
    await store.audit.add(organizationId, { ...actor, action: 'build.start', targetType: 'build', targetId: build.id })
    return { build: buildView(build), contextHash: build.contextHash, cached }
  }

  async list({ organization }: Access, { limit, offset, ...filters }: contract.BuildQuery) {
    const { items, total } = await this.#parts.store.builds.list(organization.id, {
      limit,
      offset,
      ...defined(filters),
    })
    return { builds: items.map(buildView), total, limit, offset }
  }

  async read(access: Access, buildId: string) {
    return { build: buildView(await this.#find(access, buildId)) }
  }

  async logs(access: Access, buildId: string, limit: number) {
    const build = await this.#find(access, buildId)
    const { builds } = this.#parts.store
    const logs: string[] = []
    // The store gives at most 1000 lines at once.
    for (let total = 1; logs.length < Math.min(limit, total);) {
      const page = await builds.logs(access.organization.id, build.id, {
        limit: limit - logs.length,
        offset: logs.length,
      })
      if (page.items.length === 0) break
      logs.push(...page.items.map(({ text }) => text))
      total = page.total
    }
    return { logs }
  }

  async #find({ organization }: Access, buildId: string): Promise<Build> {
    const build = await this.#parts.store.builds.find(organization.id, buildId)
    if (!build) throw notFound(`The build "${buildId}"`)
    return build
  }

  #builder(): ImageBuilder {
    if (this.#parts.builder) return this.#parts.builder
    throw badRequest('This node builds no images. Build one yourself and deploy it with `image`.')
  }
}

const buildView = (build: Build): contract.BuildItem => ({
  id: build.id,
  organizationId: build.organizationId,
  status: build.status,
  region: build.region,
  contextHash: build.contextHash,
  dockerfilePath: build.dockerfilePath,
  imageUri: build.imageUri,
  logsUrl: build.logsUrl,
  errorMessage: build.errorMessage,
  contextSizeBytes: build.contextSizeBytes,
  imageSizeBytes: build.imageSizeBytes,
  buildDurationSeconds: build.buildDurationSeconds,
  startedAt: isoTimeOrNull(build.startedAt),
  completedAt: isoTimeOrNull(build.completedAt),
  createdAt: isoTime(build.createdAt),
  updatedAt: isoTime(build.updatedAt),
})

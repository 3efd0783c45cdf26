import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import type { Upload } from './schema/agents.ts'
import { found } from './store-error.ts'

export interface NewUpload {
  readonly region: string
  /** Where the file will be. */
  readonly path?: string
  /** 15 minutes without. */
  readonly lifetimeMs?: number
}

const defaultLifetimeMs = 15 * 60_000

/** Build contexts on their way here. An expired one is not found. */
export class Uploads {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  async create(organizationId: string, { region, path, lifetimeMs = defaultLifetimeMs }: NewUpload): Promise<Upload> {
    const now = this.#context.clock.now()
    return this.#main
      .insertInto('uploads')
      .values({
        id: randomUUID(),
        organizationId,
        region,
        path: path ?? null,
        createdAt: now,
        expiresAt: now + lifetimeMs,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
  }

  async find(organizationId: string, id: string): Promise<Upload | undefined> {
    return this.#main
      .selectFrom('uploads')
      .selectAll()
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .where('expiresAt', '>', this.#context.clock.now())
      .executeTakeFirst()
  }

  /** The file is here. Throws `not-found` for an upload that has one already, too. */
  async complete(
    organizationId: string,
    id: string,
    file: { readonly contextHash: string; readonly sizeBytes: number; readonly path?: string },
  ): Promise<Upload> {
    const { contextHash, sizeBytes, path } = file
    const row = await this.#main
      .updateTable('uploads')
      .set({ contextHash, sizeBytes, ...(path === undefined ? {} : { path }) })
      .where('organizationId', '=', organizationId)
      .where('id', '=', id)
      .where('expiresAt', '>', this.#context.clock.now())
      .where('contextHash', 'is', null)
      .returningAll()
      .executeTakeFirst()
    return found(row, 'upload')
  }

  get #main() {
    return this.#context.databases.main
  }
}

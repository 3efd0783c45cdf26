import { readFile, rm } from 'node:fs/promises'
import type { Context, Hono } from 'hono'
import type { Clock } from '../../lib/clock.ts'
import type { AccountState } from './account-state.ts'
import { notFound } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'
import { pageOf, readPage } from './paging.ts'
import { queryFields } from './read-fields.ts'
import { recordingFilter, recordingObject, type Recording } from './recordings.ts'
import { deleted, pathPart, reply, resource } from './resource.ts'

export interface RecordingRoutesOptions {
  readonly accountUri: string
  readonly state: AccountState
  readonly assumptions: RestAssumptions
  readonly clock: Clock
  readonly recordingUrl: (recordingId: string) => string
  readonly utcOffsetMinutes: number
}

/** Recordings (Plivo reference 7.7). */
export function recordingRoutes(app: Hono, options: RecordingRoutesOptions): void {
  const { state, assumptions, clock, utcOffsetMinutes } = options
  const { recordings } = state
  const found = (context: Context): Recording => {
    const recording = recordings.find(pathPart(context, 'recordingId'))
    if (!recording) throw notFound()
    return recording
  }

  resource(app, '/Recording', {
    GET(context) {
      const query = queryFields(context)
      const offset = assumptions.filterTimeZone === 'utc' ? 0 : utcOffsetMinutes
      const filter = recordingFilter(query, { now: clock.now(), utcOffsetMinutes: offset })
      const wanted = recordings.newestFirst.filter(filter)
      const { meta, objects } = pageOf(wanted, readPage(query, assumptions), context.req.url)
      return reply(context, {
        meta,
        objects: objects.map((each) => recordingObject(each, options)),
      })
    },
  })
  resource(app, '/Recording/:recordingId', {
    GET: (context) => reply(context, recordingObject(found(context), options)),
    async DELETE(context) {
      const { recordingId, file } = found(context)
      recordings.delete(recordingId)
      if (file !== undefined) await rm(file, { force: true })
      return deleted(context)
    },
  })
}

/** `GET /recordings/{id}.wav`: the media, which anybody may fetch (section 7.7). */
export function recordingMedia(app: Hono, state: AccountState): void {
  resource(app, '/recordings/:file', {
    async GET(context) {
      const { file } = state.recordings.find(pathPart(context, 'file').replace(/\.(?:wav|mp3)$/, '')) ?? {}
      const bytes = file === undefined ? undefined : await readFile(file).catch(() => undefined)
      if (!bytes) throw notFound()
      return context.body(new Uint8Array(bytes), 200, { 'content-type': 'audio/wav' })
    },
  })
}

import type { Recording } from '../../store/schema/calls.ts'
import { allow } from '../allow.ts'
import { ApiError, notFound } from '../api-error.ts'
import type { ControlApp } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import * as contract from '../contract/history.ts'
import { defined } from '../defined.ts'
import { isoTime } from '../iso-time.ts'

/** What is kept of sessions: their ledger and their recordings. */
export function historyRoutes(app: ControlApp, { store, recordings }: ControlParts): void {
  app.openapi(contract.readLedger, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { sessionId } = context.req.valid('param')
    const session = await store.sessions.find(organization.id, sessionId)
    if (!session) throw notFound(`The session "${sessionId}"`)
    const { items, total } = await store.events.list(organization.id, session.id, context.req.valid('query'))
    const entries = items.map(({ code, at, data }) => ({ code, at: isoTime(at), data: { ...data } }))
    return context.json({ sessionId: session.id, total, entries }, 200)
  })
  app.openapi(contract.listRecordings, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { limit, offset, ...filters } = context.req.valid('query')
    const { items, total } = await store.recordings.list(organization.id, { limit, offset, ...defined(filters) })
    return context.json({ recordings: items.map(recordingView), total }, 200)
  })
  app.openapi(contract.readRecording, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { recordingId } = context.req.valid('param')
    const recording = await store.recordings.find(organization.id, recordingId)
    if (!recording) throw notFound(`The recording "${recordingId}"`)
    return context.json(recordingView(recording), 200)
  })
  app.openapi(contract.readRecordingAudio, async (context) => {
    const { organization } = allow(context, 'viewer')
    const { recordingId } = context.req.valid('param')
    const recording = await store.recordings.find(organization.id, recordingId)
    if (!recording) throw notFound(`The recording "${recordingId}"`)
    const { path, url } = recording
    const kept = path === null ? undefined : await recordings?.open(path)
    if (!kept) throw new ApiError(404, `This node keeps no copy of the recording. Plivo has it: ${url}`)
    const headers = { 'content-type': kept.contentType, 'content-length': String(kept.sizeBytes) }
    return new Response(kept.sound, { status: 200, headers })
  })
}

/** Without its path: that is the node's. */
const recordingView = (recording: Recording) => ({
  id: recording.id,
  recordingId: recording.carrierId,
  sessionId: recording.sessionId,
  callId: recording.callId,
  url: recording.url,
  format: recording.format,
  channels: recording.channels,
  durationMs: recording.durationMs,
  kept: recording.path !== null,
  sizeBytes: recording.sizeBytes,
  startedAt: isoTime(recording.startedAt),
})

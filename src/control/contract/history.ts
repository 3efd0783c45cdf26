import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, refusals, time } from './answers.ts'
import { organizationPath } from './names.ts'
import { page } from './page.ts'

const offhook = { tags: ['Offhook: history'], security: bearer.tokenOrPrivateKey }
const base = '/v1/offhook/organizations/{org}'

const ledgerEntry = z.object({ code: z.string(), at: time, data: z.record(z.string(), z.any()) }).openapi('LedgerEntry')

const recording = z
  .object({
    id: z.string(),
    recordingId: z.string().openapi({ description: 'As Plivo names it.' }),
    sessionId: z.string(),
    callId: z.string(),
    url: z.string().openapi({ description: 'Where Plivo has it, some seconds after its end.' }),
    format: z.enum(['mp3', 'wav']),
    channels: z.int(),
    durationMs: z.number().nullable().openapi({
      description: 'As Plivo says, or as the node measured it. Null: it goes on, or nobody said when it ended.',
    }),
    kept: z.boolean().openapi({ description: 'A node keeps a copy: see `…/audio`.' }),
    sizeBytes: z.int().nullable().openapi({ description: 'Of the copy.' }),
    startedAt: time,
  })
  .openapi('Recording')

const recordingPath = organizationPath.extend({
  recordingId: z.string().openapi({ param: { name: 'recordingId', in: 'path' } }),
})

export const readLedger = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/sessions/{sessionId}/ledger`,
  summary: 'Read what happened in a session, and what the caller heard',
  request: {
    params: organizationPath.extend({ sessionId: z.string().openapi({ param: { name: 'sessionId', in: 'path' } }) }),
    query: z.object(page),
  },
  responses: {
    200: answer(
      z.object({ sessionId: z.string(), total: z.int(), entries: z.array(ledgerEntry) }),
      'Its entries, the earliest first.',
    ),
    ...refusals(404),
  },
})

export const listRecordings = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/recordings`,
  summary: 'List recordings, the latest first',
  request: {
    params: organizationPath,
    query: z.object({ ...page, sessionId: z.string().optional(), callId: z.string().optional() }),
  },
  responses: {
    200: answer(z.object({ recordings: z.array(recording), total: z.int() }), 'A page of recordings.'),
    ...refusals(404),
  },
})

export const readRecording = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/recordings/{recordingId}`,
  summary: 'Read about a recording',
  request: { params: recordingPath },
  responses: { 200: answer(recording, 'The recording.'), ...refusals(404) },
})

const sound = { schema: z.string().openapi({ format: 'binary' }) }

export const readRecordingAudio = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/recordings/{recordingId}/audio`,
  summary: 'Read the copy of a recording that this node keeps',
  request: { params: recordingPath },
  responses: {
    200: { description: 'The sound.', content: { 'audio/mpeg': sound, 'audio/wav': sound } },
    ...refusals(404),
  },
})

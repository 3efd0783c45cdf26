import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, refusals, time } from './answers.ts'
import { organizationPath } from './names.ts'
import { page } from './page.ts'

const offhook = { tags: ['Offhook: history'], security: bearer.tokenOrPrivateKey }
const base = '/v1/offhook/organizations/{org}/call-records'

const callFields = {
  callId: z.string().openapi({ description: "The carrier's." }),
  agent: z.string().nullable().openapi({ description: 'Null: it was deleted.' }),
  from: z.string().nullable(),
  to: z.string().nullable(),
  direction: z.enum(['inbound', 'outbound']).nullable(),
  startedAt: time,
  endedAt: time.nullable().openapi({ description: 'When the call was over for the carrier. Null: it goes on.' }),
  durationMs: z
    .int()
    .nullable()
    .openapi({ description: 'Since the answer, as the carrier says. Null: it has not said, as without a hangup URL.' }),
  overflow: z.string().nullable().openapi({
    description: 'What the caller got since there was no place: `busy`, `queue` and such. Null: there was one.',
  }),
  overflowOutcome: z.string().nullable().openapi({
    description:
      'What became of that: `turned-away`, `connected`, `not-connected`, `message-left`, `no-message`, `caller-hung-up`, `served` or `waited-too-long`. Null: it goes on.',
  }),
  hangupCause: z.string().nullable().openapi({
    description: 'As the carrier says; `node stopped` or `node lost` when it could not tell. Null: it has not said.',
    example: 'Normal Hangup',
  }),
}

const callRecord = z.object(callFields).openapi('CallRecord')

const callSession = z
  .object({
    sessionId: z.string(),
    startedAt: time,
    endedAt: time.nullable(),
    reason: z.string().nullable().openapi({ description: 'Why it ended.', example: 'caller-hung-up' }),
  })
  .openapi('CallSession')

const callDetails = z
  .object({ ...callFields, sessions: z.array(callSession).openapi({ description: 'The earliest first.' }) })
  .openapi('CallDetails')

const seconds = z.coerce
  .number()
  .min(0, 'must not be negative')
  .max(253_402_300_799, 'must be at most 253402300799')
  .optional()
  .openapi({ description: 'Seconds since the epoch.' })

export const listCallRecords = createRoute({
  ...offhook,
  method: 'get',
  path: base,
  summary: 'List calls, the latest first',
  request: {
    params: organizationPath,
    query: z.object({
      ...page,
      agent: z.string().optional(),
      status: z.enum(['live', 'over', 'all']).default('all'),
      overflowed: z.stringbool().optional().openapi({
        type: 'boolean',
        description: 'True: those for which there was no place.',
      }),
      startTime: seconds,
      endTime: seconds,
    }),
  },
  responses: {
    200: answer(z.object({ calls: z.array(callRecord), total: z.int() }), 'A page of calls.'),
    ...refusals(404),
  },
})

export const readCallRecord = createRoute({
  ...offhook,
  method: 'get',
  path: `${base}/{callId}`,
  summary: 'Read about a call and its sessions',
  request: {
    params: organizationPath.extend({ callId: z.string().openapi({ param: { name: 'callId', in: 'path' } }) }),
  },
  responses: { 200: answer(callDetails, 'The call.'), ...refusals(404) },
})

const message = z
  .object({
    messageId: z.string(),
    agent: z.string().nullable().openapi({ description: 'Null: it was deleted.' }),
    callId: z.string(),
    sessionId: z.string().nullable().openapi({ description: 'Of the bot that broke down. Null: there was no place.' }),
    from: z.string().nullable(),
    to: z.string().nullable(),
    url: z.string().openapi({ description: 'Where the carrier has the recording.' }),
    recordingId: z.string().nullable(),
    durationMs: z.int().nullable(),
    at: time,
  })
  .openapi('Message')

export const listMessages = createRoute({
  ...offhook,
  method: 'get',
  path: '/v1/offhook/organizations/{org}/messages',
  summary: 'List the messages that callers left with no bot there, the latest first',
  request: {
    params: organizationPath,
    query: z.object({
      ...page,
      agent: z.string().optional(),
      callId: z.string().optional(),
    }),
  },
  responses: {
    200: answer(z.object({ messages: z.array(message), total: z.int() }), 'A page of messages.'),
    ...refusals(404),
  },
})

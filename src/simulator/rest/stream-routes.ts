import type { Context, Hono } from 'hono'
import type { LiveStream } from '../live-call.ts'
import type { StreamFacts } from '../stream-facts.ts'
import { accountTime } from './account-time.ts'
import { ApiError, notFound } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'
import { liveForActions } from './call-routes.ts'
import { defined } from './make-call.ts'
import { pageOf, readPage } from './paging.ts'
import { bodyFields, queryFields } from './read-fields.ts'
import type { RequestFields } from './request-fields.ts'
import { deleted, pathPart, reply, resource } from './resource.ts'
import type { Switchboard } from './switchboard.ts'

export interface StreamRoutesOptions {
  readonly authId: string
  readonly accountUri: string
  readonly switchboard: Switchboard
  readonly assumptions: RestAssumptions
  readonly utcOffsetMinutes: number
}

const daySeconds = 86_400

/** Audio streams of a live call (Plivo reference 7.4). */
export function streamRoutes(app: Hono, options: StreamRoutesOptions): void {
  const { switchboard, assumptions } = options
  const callOf = (context: Context) => liveForActions(switchboard, pathPart(context, 'callUuid'), assumptions)
  resource(app, '/Call/:callUuid/Stream', {
    async POST(context) {
      const fields = await bodyFields(context)
      const call = callOf(context)
      const { streamId } = refusing(() => call.startStream(readStream(fields)))
      return reply(context, { message: 'audio streaming started', stream_id: streamId }, 201)
    },
    GET(context) {
      const page = readPage(queryFields(context), assumptions)
      const { meta, objects } = pageOf(callOf(context).streams(), page, context.req.url)
      const { total_count, ...links } = meta
      const counted = { ...links, [assumptions.streamListCount]: total_count }
      return reply(context, { meta: counted, objects: objects.map((facts) => streamObject(facts, options)) })
    },
    DELETE(context) {
      const stopped = callOf(context).stopStream()
      if (!stopped && assumptions.stopWithoutStream === 404) throw notFound()
      return deleted(context)
    },
  })
  resource(app, '/Call/:callUuid/Stream/:streamId', {
    GET(context) {
      const streamId = pathPart(context, 'streamId')
      const facts = callOf(context)
        .streams()
        .find((stream) => stream.streamId === streamId)
      if (!facts) throw notFound()
      return reply(context, streamObject(facts, options))
    },
    DELETE(context) {
      const stopped = callOf(context).stopStream(pathPart(context, 'streamId'))
      if (!stopped && assumptions.stopWithoutStream === 404) throw notFound()
      return deleted(context)
    },
  })
}

function readStream(fields: RequestFields): LiveStream {
  const serviceUrl = fields.required('service_url')
  // What these are is of no account here; what they may be is checked.
  fields.flag('noise_cancellation', false)
  fields.whole('noise_cancellation_level', { least: 60, most: 100 })
  return {
    serviceUrl,
    bidirectional: fields.flag('bidirectional', false),
    audioTrack: fields.oneOf('audio_track', ['inbound', 'outbound', 'both'], 'inbound'),
    streamTimeoutSeconds: fields.whole('stream_timeout', { least: 1, most: daySeconds }) ?? daySeconds,
    contentType: fields.text('content_type') ?? 'audio/x-l16;rate=8000',
    statusCallbackMethod: fields.method('status_callback_method'),
    ...defined({ statusCallbackUrl: fields.webUrl('status_callback_url'), extraHeaders: fields.text('extra_headers') }),
  }
}

/** What breaks a rule of `<Stream>` (section 3) is a 400. */
function refusing<T>(start: () => T): T {
  try {
    return start()
  } catch (error) {
    if (error instanceof RangeError) throw new ApiError(400, error.message)
    throw error
  }
}

function streamObject(stream: StreamFacts, { authId, accountUri, utcOffsetMinutes }: StreamRoutesOptions) {
  const { startedAt, endedAt } = stream
  const seconds = startedAt === undefined || endedAt === undefined ? 0 : Math.ceil((endedAt - startedAt) / 1000)
  const time = (at: number | undefined) => (at === undefined ? null : accountTime(at, utcOffsetMinutes))
  return {
    audio_track: stream.audioTrack,
    bidirectional: stream.bidirectional,
    bill_duration: seconds,
    billed_amount: '0.00000',
    call_uuid: stream.callUuid,
    content_type: stream.contentType,
    created_at: time(stream.createdAt),
    end_time: time(endedAt),
    plivo_auth_id: authId,
    resource_uri: `${accountUri}/Call/${stream.callUuid}/Stream/${stream.streamId}/`,
    rounded_bill_duration: Math.ceil(seconds / 60) * 60,
    service_url: stream.serviceUrl,
    start_time: time(startedAt),
    status: stream.status,
    status_callback_url: stream.statusCallbackUrl ?? null,
    status_callback_method: stream.statusCallbackMethod,
    stream_id: stream.streamId,
  }
}

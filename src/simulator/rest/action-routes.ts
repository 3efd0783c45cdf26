import type { Context, Hono } from 'hono'
import { isWebUrl } from '../url-settings.ts'
import type { LiveCall } from '../live-call.ts'
import { invalid } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'
import { liveForActions } from './call-routes.ts'
import { checkDigitsField, defined } from './make-call.ts'
import { bodyFields } from './read-fields.ts'
import type { RequestFields } from './request-fields.ts'
import { deleted, pathPart, reply, resource } from './resource.ts'
import type { Switchboard } from './switchboard.ts'

export interface ActionRoutesOptions {
  readonly switchboard: Switchboard
  readonly assumptions: RestAssumptions
}

type Action = (call: LiveCall, fields: RequestFields) => object | undefined

/** Recording, playing, speaking and pressing keys in a live call (Plivo reference 7.4). */
export function actionRoutes(app: Hono, { switchboard, assumptions }: ActionRoutesOptions): void {
  const act = (action: Action) => async (context: Context) => {
    const fields = await bodyFields(context)
    const call = liveForActions(switchboard, pathPart(context, 'callUuid'), assumptions)
    const body = action(call, fields)
    return body === undefined ? deleted(context) : reply(context, body, 202)
  }
  const undo = (stop: (call: LiveCall, fields: RequestFields) => void) =>
    act((call, fields) => {
      stop(call, fields)
      return undefined
    })

  resource(app, '/Call/:callUuid/Record', {
    POST: act((call, fields) => startRecording(call, fields, assumptions)),
    DELETE: undo((call, fields) => call.stopRecording(fields.text('URL') ?? fields.text('url'))),
  })
  resource(app, '/Call/:callUuid/Play', { POST: act(startPlaying), DELETE: undo((call) => call.stopPlaying()) })
  resource(app, '/Call/:callUuid/Speak', { POST: act(startSpeaking), DELETE: undo((call) => call.stopSpeaking()) })
  resource(app, '/Call/:callUuid/DTMF', { POST: act(sendDigits) })
}

function startRecording(call: LiveCall, fields: RequestFields, { recordReply }: RestAssumptions): object {
  const callbackUrl = fields.webUrl('callback_url')
  const { recordingId, url } = call.startRecording({
    timeLimitSeconds: fields.whole('time_limit', { least: 1 }) ?? 60,
    fileFormat: fields.oneOf('file_format', ['mp3', 'wav'], 'mp3'),
    channelType: fields.oneOf('record_channel_type', ['mono', 'stereo'], 'stereo'),
    ...(callbackUrl !== undefined && { callbackUrl, callbackMethod: fields.method('callback_method') }),
  })
  if (recordReply === 'async' && callbackUrl !== undefined) return { message: 'async api spawned' }
  return { message: 'call recording started', recording_id: recordingId, url }
}

function startPlaying(call: LiveCall, fields: RequestFields): object {
  const urls = fields
    .required('urls')
    .split(',')
    .map((url) => url.trim())
  if (!urls.every(isWebUrl)) throw invalid('urls', 'http or https URLs, joined by commas')
  const lengthSeconds = fields.whole('length', { least: 1 })
  call.play({ urls, ...playback(fields), ...(lengthSeconds !== undefined && { lengthSeconds }) })
  return { message: 'play started' }
}

function startSpeaking(call: LiveCall, fields: RequestFields): object {
  const text = fields.required('text')
  const [voice, language] = [fields.text('voice'), fields.text('language')]
  call.speak({ text, ...playback(fields), ...defined({ voice, language }) })
  return { message: 'speak started' }
}

function sendDigits(call: LiveCall, fields: RequestFields): object {
  const digits = fields.required('digits')
  checkDigitsField('digits', digits)
  // The Python SDK sends `leg`, the Go SDK `legs` (section 7.4).
  const leg = fields.choice('leg', ['aleg', 'bleg']) ?? fields.choice('legs', ['aleg', 'bleg']) ?? 'aleg'
  call.sendDigits(digits, leg)
  return { message: 'digits sent' }
}

const playback = (fields: RequestFields) => ({
  legs: fields.oneOf('legs', ['aleg', 'bleg', 'both'], 'aleg'),
  loop: fields.flag('loop', false),
  mix: fields.flag('mix', true),
})

import type { InboundOptions } from '../engine-options.ts'
import { plainNumber } from '../phone-book.ts'
import type { AccountState } from './account-state.ts'
import { ApiError } from './api-error.ts'
import { readScript } from './caller-script-json.ts'
import { defined } from './make-call.ts'
import { textsOf } from './read-fields.ts'
import { RequestFields } from './request-fields.ts'
import { parseSipHeaders } from './sip-headers.ts'

type InboundCall = InboundOptions & { readonly from: string; readonly to: string }
type Answer = Pick<
  InboundOptions,
  'answerUrl' | 'answerMethod' | 'hangupUrl' | 'hangupMethod' | 'fallbackUrl' | 'fallbackMethod'
>

/**
 * Somebody dials a number: `{"from","to","caller":[…],"max_duration_ms","caller_name","sip_headers"}`. The application of
 * the number says what answers (Plivo reference 1.1), unless there is an `answer_url`, with `answer_method`, `hangup_url`,
 * `hangup_method`, `fallback_url` and `fallback_method` as in Make Call.
 * @throws ApiError 400, or 404 when nothing answers there.
 */
export function readInboundCall(body: Readonly<Record<string, unknown>>, state: AccountState): InboundCall {
  const { caller, ...flat } = body
  const fields = new RequestFields(textsOf(flat))
  const from = plainNumber(fields.required('from'))
  const to = plainNumber(fields.required('to'))
  const sipHeaders = fields.text('sip_headers')
  return {
    from,
    to,
    ...(fields.has('answer_url') ? givenAnswer(fields) : applicationAnswer(to, state)),
    caller: readScript(caller, 'caller'),
    ...defined({
      callerName: fields.text('caller_name'),
      maxDurationMs: fields.whole('max_duration_ms', { least: 1 }),
      sipHeaders: sipHeaders === undefined ? undefined : parseSipHeaders(sipHeaders, { invalidSipHeaders: 'reject' }),
    }),
  }
}

const givenAnswer = (fields: RequestFields): Answer => ({
  answerUrl: fields.requiredWebUrl('answer_url'),
  answerMethod: fields.method('answer_method'),
  hangupMethod: fields.method('hangup_method'),
  fallbackMethod: fields.method('fallback_method'),
  ...defined({ hangupUrl: fields.webUrl('hangup_url'), fallbackUrl: fields.webUrl('fallback_url') }),
})

function applicationAnswer(number: string, state: AccountState): Answer {
  const rented = state.numbers.find(number)
  if (!rented) throw new ApiError(404, `${number} is no number of the account: rent it, or give an answer_url`)
  const application = rented.appId === undefined ? undefined : state.applications.find(rented.appId)
  if (!application) throw new ApiError(404, `${number} has no application: link it, or give an answer_url`)
  return {
    answerUrl: application.answerUrl,
    answerMethod: application.answerMethod,
    hangupUrl: application.hangupUrl,
    hangupMethod: application.hangupMethod,
    fallbackMethod: application.fallbackMethod,
    ...defined({ fallbackUrl: application.fallbackAnswerUrl }),
  }
}

import { randomInt } from 'node:crypto'
import type { HttpMethod } from '../webhook-sender.ts'
import { invalid } from './api-error.ts'
import type { RequestFields } from './request-fields.ts'

/** What an inbound call is answered with (Plivo reference 7.5). */
export interface Application {
  /** About 17 decimal digits. */
  readonly appId: string
  readonly appName: string
  readonly answerUrl: string
  readonly answerMethod: HttpMethod
  /** Default: the answer URL. */
  readonly hangupUrl: string
  readonly hangupMethod: HttpMethod
  readonly fallbackAnswerUrl: string | undefined
  readonly fallbackMethod: HttpMethod
  readonly messageUrl: string | undefined
  readonly messageMethod: HttpMethod
  /** Numbers that are rented without an application get this one. */
  readonly defaultNumberApp: boolean
  readonly defaultEndpointApp: boolean
  readonly subaccount: string | undefined
  readonly logIncomingMessages: boolean
}

/** The fields of a request to create or to change an application; those that it has not stay as they are in `before`. */
export function readApplication(fields: RequestFields, appId: string, before?: Application): Application {
  const url = (name: string, old: string | undefined) => (fields.has(name) ? fields.webUrl(name) : old)
  const answerUrl = fields.webUrl('answer_url') ?? before?.answerUrl ?? fields.requiredWebUrl('answer_url')
  const hangupUrlBefore = before?.hangupUrl === before?.answerUrl ? undefined : before?.hangupUrl
  return {
    appId,
    appName: readName(fields, before),
    answerUrl,
    answerMethod: fields.choice('answer_method', methods) ?? before?.answerMethod ?? 'POST',
    hangupUrl: url('hangup_url', hangupUrlBefore) ?? answerUrl,
    hangupMethod: fields.choice('hangup_method', methods) ?? before?.hangupMethod ?? 'POST',
    fallbackAnswerUrl: url('fallback_answer_url', before?.fallbackAnswerUrl),
    fallbackMethod: fields.choice('fallback_method', methods) ?? before?.fallbackMethod ?? 'POST',
    messageUrl: url('message_url', before?.messageUrl),
    messageMethod: fields.choice('message_method', methods) ?? before?.messageMethod ?? 'POST',
    defaultNumberApp: fields.flag('default_number_app', before?.defaultNumberApp ?? false),
    defaultEndpointApp: fields.flag('default_endpoint_app', before?.defaultEndpointApp ?? false),
    subaccount: fields.text('subaccount') ?? before?.subaccount,
    logIncomingMessages: fields.flag('log_incoming_messages', before?.logIncomingMessages ?? true),
  }
}

const methods = ['GET', 'POST'] as const

function readName(fields: RequestFields, before: Application | undefined): string {
  const name = fields.text('app_name') ?? before?.appName ?? fields.required('app_name')
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw invalid('app_name', 'made of letters, digits, - and _')
  return name
}

/** The fields as they are written, which is also how they are kept in a file. */
export const encodeApplication = (application: Application) => ({
  app_id: application.appId,
  app_name: application.appName,
  answer_url: application.answerUrl,
  answer_method: application.answerMethod,
  hangup_url: application.hangupUrl,
  hangup_method: application.hangupMethod,
  fallback_answer_url: application.fallbackAnswerUrl ?? '',
  fallback_method: application.fallbackMethod,
  message_url: application.messageUrl ?? '',
  message_method: application.messageMethod,
  default_number_app: application.defaultNumberApp,
  default_endpoint_app: application.defaultEndpointApp,
  subaccount: application.subaccount ?? '',
  log_incoming_messages: application.logIncomingMessages,
})

/** The object as it is read (section 7.5). `accountUri` is `/v1/Account/MA…`. */
export function applicationObject(application: Application, accountUri: string) {
  const { default_number_app, subaccount, ...fields } = encodeApplication(application)
  return {
    ...fields,
    default_app: default_number_app,
    enabled: true,
    public_uri: false,
    resource_uri: applicationUri(application.appId, accountUri),
    sip_uri: `sip:${application.appId}@app.plivo.com`,
    sub_account: application.subaccount === undefined ? null : `${accountUri}/Subaccount/${subaccount}/`,
  }
}

export const applicationUri = (appId: string, accountUri: string): string => `${accountUri}/Application/${appId}/`

/** Seventeen digits. */
export const createAppId = (): string => `2${Array.from({ length: 16 }, () => randomInt(10)).join('')}`

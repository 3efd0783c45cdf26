import { webUrl } from '../answer-values.ts'
import { pageFields, type PageOptions } from './page.ts'
import type { ReplyFields } from './reply-fields.ts'
import type { HttpMethod } from './request-values.ts'
import type { RestFields } from './rest-connection.ts'

/** What a number's calls are answered with. */
export interface Application {
  /** About 17 digits; too long for a number. */
  readonly appId: string
  readonly name: string
  readonly answerUrl: string | undefined
  readonly answerMethod: string | undefined
  readonly hangupUrl: string | undefined
  readonly hangupMethod: string | undefined
  readonly fallbackAnswerUrl: string | undefined
  readonly fallbackMethod: string | undefined
  /** New numbers get this one. */
  readonly isDefault: boolean
}

/** Methods are POST unless set (Plivo reference 7.5). */
export interface ApplicationChanges {
  /** Letters, digits, `-` and `_`. */
  readonly name?: string | undefined
  readonly answerUrl?: string | undefined
  readonly answerMethod?: HttpMethod | undefined
  /** Default: the answer URL. */
  readonly hangupUrl?: string | undefined
  readonly hangupMethod?: HttpMethod | undefined
  /** Asked when the answer URL fails. */
  readonly fallbackAnswerUrl?: string | undefined
  readonly fallbackMethod?: HttpMethod | undefined
}

export interface NewApplication extends ApplicationChanges {
  readonly name: string
  readonly answerUrl: string
}

export interface ApplicationFilter extends PageOptions {
  /** How the name begins. */
  readonly namePrefix?: string | undefined
}

/** @throws RangeError when the name has other characters, or a URL is not http or https. */
export function applicationFields(changes: ApplicationChanges): RestFields {
  const { name } = changes
  if (name !== undefined && !/^[A-Za-z0-9_-]+$/.test(name)) {
    throw new RangeError(`name must consist of letters, digits, - and _, got ${JSON.stringify(name)}`)
  }
  return {
    app_name: name,
    answer_url: webUrl('answerUrl', changes.answerUrl),
    answer_method: changes.answerMethod,
    hangup_url: webUrl('hangupUrl', changes.hangupUrl),
    hangup_method: changes.hangupMethod,
    fallback_answer_url: webUrl('fallbackAnswerUrl', changes.fallbackAnswerUrl),
    fallback_method: changes.fallbackMethod,
  }
}

/** @throws RangeError as `pageFields` does. */
export const applicationFilterFields = (filter: ApplicationFilter): RestFields => ({
  ...pageFields(filter),
  app_name: filter.namePrefix,
})

export const readApplication = (reply: ReplyFields): Application => ({
  appId: reply.text('app_id'),
  name: reply.text('app_name'),
  answerUrl: reply.optionalText('answer_url'),
  answerMethod: reply.optionalText('answer_method'),
  hangupUrl: reply.optionalText('hangup_url'),
  hangupMethod: reply.optionalText('hangup_method'),
  fallbackAnswerUrl: reply.optionalText('fallback_answer_url'),
  fallbackMethod: reply.optionalText('fallback_method'),
  isDefault: reply.optionalFlag('default_app') ?? false,
})

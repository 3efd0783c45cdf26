import { wrongField } from '../json-fields.ts'
import { pageFields, type PageOptions } from './page.ts'
import type { ReplyFields } from './reply-fields.ts'
import type { RestFields } from './rest-connection.ts'

/** A number that the account has rented (Plivo reference 7.6). */
export interface RentedNumber {
  /** Digits with country code, without `+`. */
  readonly number: string
  readonly alias: string | undefined
  /** Of the application that answers it; undefined: none does. */
  readonly appId: string | undefined
  /** `local`, `mobile`, `tollfree` … */
  readonly type: string | undefined
  readonly region: string | undefined
  readonly voiceEnabled: boolean | undefined
}

export interface NumberFilter extends PageOptions {
  /** How the number begins, without `+`. */
  readonly startsWith?: string | undefined
  readonly alias?: string | undefined
}

/** @throws RangeError as `pageFields` does. */
export const numberFilterFields = (filter: NumberFilter): RestFields => ({
  ...pageFields(filter),
  number_startswith: filter.startsWith,
  alias: filter.alias,
})

export const readRentedNumber = (reply: ReplyFields): RentedNumber => ({
  number: reply.text('number'),
  alias: reply.optionalText('alias'),
  appId: appIdIn(reply.optionalText('application')),
  type: reply.optionalText('number_type') ?? reply.optionalText('type'),
  region: reply.optionalText('region'),
  voiceEnabled: reply.optionalFlag('voice_enabled'),
})

/** It is written as an id and read back as a URI. */
function appIdIn(uri: string | undefined): string | undefined {
  if (uri === undefined) return undefined
  const appId = /\/Application\/([A-Za-z0-9-]+)\/?$/.exec(uri)?.[1]
  if (appId === undefined) throw wrongField('application', 'the URI of an application', uri)
  return appId
}

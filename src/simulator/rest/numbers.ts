import type { RequestFields } from './request-fields.ts'
import { plainNumber } from '../phone-book.ts'
import { applicationUri } from './applications.ts'

/** A number that the account has rented (Plivo reference 7.6). */
export interface RentedNumber {
  /** Digits with country code and no `+`. */
  readonly number: string
  readonly appId: string | undefined
  readonly alias: string | undefined
  readonly subaccount: string | undefined
  readonly cnamLookup: string | undefined
  /** Unix epoch milliseconds. */
  readonly addedAt: number
}

/** From the form in which {@link encodeNumber} writes it. */
export const readNumberState = (fields: RequestFields): RentedNumber => ({
  number: plainNumber(fields.required('number')),
  appId: fields.text('app_id'),
  alias: fields.text('alias'),
  subaccount: fields.text('subaccount'),
  cnamLookup: fields.text('cnam_lookup'),
  addedAt: fields.whole('added_at', { least: 0 }) ?? 0,
})

/** As it is kept in a file. */
export const encodeNumber = (number: RentedNumber) => ({
  number: number.number,
  app_id: number.appId ?? '',
  alias: number.alias ?? '',
  subaccount: number.subaccount ?? '',
  cnam_lookup: number.cnamLookup ?? '',
  added_at: Math.round(number.addedAt),
})

/** The object as it is read: the link to the application, written as `app_id`, comes back as a URI (section 7.6). */
export function numberObject(number: RentedNumber, accountUri: string) {
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
  return {
    number: number.number,
    alias: number.alias ?? null,
    sub_account: number.subaccount === undefined ? null : `${accountUri}/Subaccount/${number.subaccount}/`,
    added_on: day(number.addedAt),
    application: number.appId === undefined ? null : applicationUri(number.appId, accountUri),
    active: true,
    carrier: 'Plivo',
    cnam_lookup: number.cnamLookup ?? 'disabled',
    region: 'Simulator',
    number_type: 'local',
    monthly_rental_rate: '0.80000',
    renewal_date: day(number.addedAt + monthMs),
    sms_enabled: false,
    sms_rate: null,
    mms_enabled: false,
    mms_rate: null,
    voice_enabled: true,
    voice_rate: '0.00500',
    resource_uri: `${accountUri}/Number/${number.number}/`,
  }
}

const monthMs = 30 * 86_400_000

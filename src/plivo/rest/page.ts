import type { ReplyFields } from './reply-fields.ts'
import type { RestFields } from './rest-connection.ts'

export interface PageOptions {
  /** 1 to 20. Default 20. */
  readonly limit?: number | undefined
  /** How many to pass over. Default 0. */
  readonly offset?: number | undefined
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Of all pages; undefined: Plivo does not say. */
  readonly total: number | undefined
  /** `offset` of the next page; undefined: this is the last. */
  readonly nextOffset: number | undefined
}

const maxLimit = 20

/** @throws RangeError when `limit` is not 1 to 20, or `offset` no whole number from 0. */
export function pageFields({ limit = maxLimit, offset = 0 }: PageOptions): RestFields {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new RangeError(`limit must be 1 to ${maxLimit}, got ${limit}`)
  }
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`offset must be a whole number from 0, got ${offset}`)
  }
  return { limit, offset }
}

/** `{"meta":{…},"objects":[…]}` (Plivo reference 7.1). */
export const readPage =
  <T>({ offset = 0 }: PageOptions, readItem: (item: ReplyFields) => T) =>
  (reply: ReplyFields): Page<T> => {
    const meta = reply.object('meta')
    const items = reply.objects('objects').map(readItem)
    const hasNext = meta.optionalText('next') !== undefined && items.length > 0
    return {
      items,
      total: meta.optionalNumber('total_count'),
      nextOffset: hasNext ? offset + items.length : undefined,
    }
  }

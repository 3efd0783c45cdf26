import { invalid } from './api-error.ts'
import type { RestAssumptions } from './assumptions.ts'
import type { RequestFields } from './request-fields.ts'

export interface Page {
  /** 1 to 20. */
  readonly limit: number
  readonly offset: number
}

interface PageMeta {
  readonly limit: number
  readonly offset: number
  /** Paths with query of the neighbouring pages; null: there is none. */
  readonly next: string | null
  readonly previous: string | null
  readonly total_count: number
}

const maxLimit = 20

/** `limit` (default 20) and `offset` (default 0) of a list (Plivo reference 7.1). */
export function readPage(query: RequestFields, { limitOutOfRange }: RestAssumptions): Page {
  const limit = query.whole('limit', { least: 0 }) ?? maxLimit
  if (limitOutOfRange === 'reject' && (limit < 1 || limit > maxLimit)) throw invalid('limit', `1 to ${maxLimit}`)
  return { limit: Math.min(maxLimit, Math.max(1, limit)), offset: query.whole('offset', { least: 0 }) ?? 0 }
}

/** One page of `all`, as every list of Plivo's replies: `{"meta":{…},"objects":[…]}`. `url` is the request's. */
export function pageOf<T>(all: readonly T[], page: Page, url: string): { meta: PageMeta; objects: readonly T[] } {
  const { limit, offset } = page
  const { pathname, searchParams } = new URL(url)
  const link = (offset: number): string => {
    const query = new URLSearchParams(searchParams)
    query.set('limit', String(limit))
    query.set('offset', String(offset))
    return `${pathname}?${query.toString()}`
  }
  const next = offset + limit < all.length ? link(offset + limit) : null
  const previous = offset > 0 ? link(Math.max(0, offset - limit)) : null
  return {
    meta: { limit, offset, next, previous, total_count: all.length },
    objects: all.slice(offset, offset + limit),
  }
}

import { describe, expect, it } from 'vitest'
import { pageFields, readPage } from './page.ts'
import { ReplyFields } from './reply-fields.ts'

const read = (offset: number | undefined, names: readonly string[], meta: object) =>
  readPage({ offset }, (item) => item.text('name'))(new ReplyFields({ meta, objects: names.map((name) => ({ name })) }))

describe('a page', () => {
  it('says where the next one begins', () => {
    expect(read(4, ['e', 'f'], { next: '/v1/…', total_count: 9 })).toEqual({
      items: ['e', 'f'],
      total: 9,
      nextOffset: 6,
    })
    expect(read(undefined, ['a'], { next: '/v1/…' })).toEqual({ items: ['a'], total: undefined, nextOffset: 1 })
  })

  it('is the last when Plivo names no other, or when it is empty', () => {
    expect(read(4, ['e'], { next: null, total_count: 5 }).nextOffset).toBeUndefined()
    expect(read(4, [], { next: '/v1/…', total_count: 5 }).nextOffset).toBeUndefined()
  })

  it('is asked for with the longest that Plivo gives, from the beginning', () => {
    expect(pageFields({})).toEqual({ limit: 20, offset: 0 })
    expect(pageFields({ limit: 1, offset: 7 })).toEqual({ limit: 1, offset: 7 })
    for (const wrong of [{ limit: 0 }, { limit: 21 }, { limit: 1.5 }, { offset: -1 }, { offset: Number.NaN }]) {
      expect(() => pageFields(wrong)).toThrow(RangeError)
    }
  })
})

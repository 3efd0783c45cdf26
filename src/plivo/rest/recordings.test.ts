import { expect, it } from 'vitest'
import { recordingFilterFields } from './recordings.ts'

it('writes times in UTC, as Plivo reads them', () => {
  const addedSince = Date.UTC(2026, 0, 15, 10, 29, 58, 123)
  expect(recordingFilterFields({ callUuid: 'a-1', addedSince, addedBefore: addedSince + 1_000 })).toEqual({
    limit: 20,
    offset: 0,
    call_uuid: 'a-1',
    add_time__gte: '2026-01-15 10:29:58',
    add_time__lt: '2026-01-15 10:29:59',
  })
})

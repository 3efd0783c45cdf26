import { expect, it } from 'vitest'
import { readCallRecord, readLiveCall } from './call-records.ts'
import { ReplyFields } from './reply-fields.ts'

const call_uuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'

it('knows the callee by both of its names', () => {
  const sourceOf = (hangup_source: string) => readCallRecord(new ReplyFields({ call_uuid, hangup_source })).hangupSource
  expect(sourceOf('Call recipient')).toBe('Callee')
  expect(sourceOf('Callee')).toBe('Callee')
  expect(sourceOf('API Request')).toBe('API Request')
})

it('leaves undefined what Plivo leaves out, empties or does not know', () => {
  const reply = new ReplyFields({ call_uuid, call_direction: 'sideways', direction: '', answer_time: null, from: '' })
  expect(readCallRecord(reply)).toMatchObject({
    direction: undefined,
    answerTime: undefined,
    durationSeconds: undefined,
  })
  expect(readLiveCall(reply)).toMatchObject({ callUuid: call_uuid, direction: undefined, from: undefined })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRecordResult } from './record-webhook.ts'

const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const url = 'https://media.plivo.com/r.mp3'
const parse = (params: Record<string, string>) => parseRecordResult(new URLSearchParams(params))

const finished = {
  callUuid,
  recordingId: 'r1',
  url,
  ongoing: false,
  durationMs: 4200,
  startedAt: 1_768_472_998_321,
  endedAt: 1_768_473_002_521,
}

describe('parseRecordResult', () => {
  it('reads what the XML element tells', () => {
    expect(
      parse({
        CallUUID: callUuid,
        RecordUrl: url,
        RecordingID: 'r1',
        RecordingDuration: '4',
        RecordingDurationMs: '4200',
        RecordingStartMs: '1768472998321',
        RecordingEndMs: '1768473002521',
        Digits: '#',
      }),
    ).toEqual({ ok: true, value: { ...finished, digits: '#' } })
  })

  it('reads what a recording of the REST API tells', () => {
    expect(
      parse({
        api_id: 'x',
        call_uuid: callUuid,
        record_url: url,
        recording_id: 'r1',
        recording_duration: '4',
        recording_duration_ms: '4200.00000',
        recording_start_ms: '1768472998321.00000',
        recording_end_ms: '1768473002521.00000',
      }),
    ).toEqual({ ok: true, value: { ...finished, digits: undefined } })
  })

  it('knows a recording that still goes on', () => {
    for (const name of ['RecordingDuration', 'RecordingDurationMs', 'recording_duration']) {
      expect(parse({ CallUUID: callUuid, RecordUrl: url, RecordingEndMs: '-1', [name]: '-1' })).toMatchObject({
        value: { ongoing: true, durationMs: undefined, endedAt: undefined, url },
      })
    }
  })

  it('takes whole seconds where there are no milliseconds', () => {
    expect(parse({ CallUUID: callUuid, RecordingDuration: '4' })).toMatchObject({ value: { durationMs: 4000 } })
  })

  it('leaves undefined what is missing, empty or unreadable', () => {
    expect(parse({ CallUUID: callUuid, RecordUrl: '', RecordingDurationMs: 'long' })).toEqual({
      ok: true,
      value: {
        callUuid,
        recordingId: undefined,
        url: undefined,
        ongoing: false,
        durationMs: undefined,
        startedAt: undefined,
        endedAt: undefined,
        digits: undefined,
      },
    })
  })

  it.each([
    ['CallUUID', 'RecordingID=r1'],
    ['CallUUID', 'CallUUID=a/b'],
    ['call_uuid', 'call_uuid=a/b'],
    ['call_uuid', 'call_uuid=a&call_uuid=b'],
  ])('refuses a request, naming %s, when that is wrong', (field, query) => {
    expect(parseRecordResult(new URLSearchParams(query))).toMatchObject({ ok: false, field })
  })

  it('never throws', () => {
    const names = fc.constantFrom('CallUUID', 'call_uuid', 'RecordingDuration', 'recording_duration_ms', 'Digits')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(names, fc.oneof(fc.string(), fc.uuid()))),
        (pairs) => typeof parseRecordResult(new URLSearchParams(pairs)).ok === 'boolean',
      ),
    )
  })
})

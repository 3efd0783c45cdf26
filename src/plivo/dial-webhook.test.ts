import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDialEvent, parseDialResult } from './dial-webhook.ts'

const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const legUuid = '0f6f0a44-3f1d-4a52-9a0b-6f1f5f1f2c33'
const result = (query: string) => parseDialResult(new URLSearchParams(`CallUUID=${callUuid}&${query}`))
const event = (query: string) => parseDialEvent(new URLSearchParams(`CallUUID=${callUuid}&${query}`))

describe('parseDialResult', () => {
  it('reads what came of a connection', () => {
    expect(
      result(
        `DialStatus=completed&DialRingStatus=true&DialHangupCause=NORMAL_CLEARING&DialALegUUID=${callUuid}&DialBLegUUID=${legUuid}`,
      ),
    ).toEqual({
      ok: true,
      value: {
        callUuid,
        status: 'completed',
        dialStatus: 'completed',
        rang: true,
        hangupCause: 'NORMAL_CLEARING',
        aLegUuid: callUuid,
        bLegUuid: legUuid,
      },
    })
  })

  it.each(['completed', 'busy', 'failed', 'cancel', 'timeout', 'no-answer'])('knows %s', (status) => {
    expect(result(`DialStatus=${status}`)).toMatchObject({ value: { status, dialStatus: status } })
  })

  it('calls unknown what it does not know, and keeps the word', () => {
    expect(result('DialStatus=voicemail')).toMatchObject({ value: { status: 'unknown', dialStatus: 'voicemail' } })
  })

  it('leaves undefined what is missing, empty or unreadable', () => {
    expect(result('DialStatus=busy&DialRingStatus=maybe&DialBLegUUID=')).toMatchObject({
      ok: true,
      value: { rang: undefined, hangupCause: undefined, aLegUuid: undefined, bLegUuid: undefined },
    })
    expect(result('DialStatus=busy&DialRingStatus=false')).toMatchObject({ value: { rang: false } })
  })

  it.each([
    ['DialStatus', `CallUUID=${callUuid}&DialStatus=`],
    ['CallUUID', 'DialStatus=busy'],
    ['CallUUID', 'CallUUID=a/b&DialStatus=busy'],
  ])('refuses a request, naming %s, when that is wrong', (field, query) => {
    expect(parseDialResult(new URLSearchParams(query))).toMatchObject({ ok: false, field })
  })
})

describe('parseDialEvent', () => {
  it('reads the end of a far leg', () => {
    expect(
      event(
        `Event=DialHangup&DialAction=hangup&DialALegUUID=${callUuid}&DialBLegUUID=${legUuid}&DialBLegStatus=hangup` +
          '&DialBLegFrom=14155550199&DialBLegTo=14155550123&DialBLegDuration=12&DialBLegBillDuration=60' +
          '&DialBLegHangupCauseCode=4000&DialBLegHangupCauseName=Normal+Hangup&DialBLegHangupSource=Call+recipient',
      ),
    ).toEqual({
      ok: true,
      value: {
        action: 'hangup',
        callUuid,
        aLegUuid: callUuid,
        bLegUuid: legUuid,
        bLegFrom: '14155550199',
        bLegTo: '14155550123',
        bLegStatus: 'hangup',
        bLegDurationSeconds: 12,
        bLegHangupCauseCode: 4000,
        bLegHangupCauseName: 'Normal Hangup',
        bLegHangupSource: 'Callee',
        digits: undefined,
        pressedBy: undefined,
      },
    })
  })

  it.each([
    ['answer', 'DialAction=answer'],
    ['connected', 'DialAction=connected'],
    ['hangup', 'Event=DialHangup'],
    ['answer', 'Event=DialAnswer'],
    ['unknown', 'DialAction=ringing'],
    ['unknown', 'Event=DialLater'],
  ])('calls %s: %s', (action, query) => {
    expect(event(query)).toMatchObject({ ok: true, value: { action } })
  })

  it('reads who pressed what', () => {
    expect(event('DialAction=digits&DialDigitsMatch=*9&DialDigitsPressedBy=BLeg')).toMatchObject({
      value: { action: 'digits', digits: '*9', pressedBy: 'bleg' },
    })
    expect(event('DialAction=digits&DialDigitsPressedBy=ALeg')).toMatchObject({ value: { pressedBy: 'aleg' } })
    expect(event('DialAction=digits&DialDigitsPressedBy=')).toMatchObject({ value: { pressedBy: undefined } })
  })

  it.each([
    ['DialAction', `CallUUID=${callUuid}`],
    ['DialAction', `CallUUID=${callUuid}&Event=Hangup`],
    ['CallUUID', 'DialAction=answer'],
  ])('refuses a callback, naming %s, when that is wrong', (field, query) => {
    expect(parseDialEvent(new URLSearchParams(query))).toMatchObject({ ok: false, field })
  })
})

it('neither of them ever throws', () => {
  const names = fc.constantFrom('CallUUID', 'Event', 'DialAction', 'DialStatus', 'DialBLegDuration')
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.oneof(fc.string(), fc.uuid()))), (pairs) => {
      const params = new URLSearchParams(pairs)
      return [parseDialEvent(params), parseDialResult(params)].every(({ ok }) => typeof ok === 'boolean')
    }),
  )
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCallWebhook } from './webhook.ts'

const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const parse = (query: string) => parseCallWebhook(new URLSearchParams(query))
const parseCall = (query: string) => parse(`CallUUID=${callUuid}&${query}`)

describe('parseCallWebhook', () => {
  it('reads an inbound answer request', () => {
    const parameters = new URLSearchParams(
      `CallStatus=ringing&CallUUID=${callUuid}&Direction=inbound&Event=StartApp&From=14155550100&To=%2B14155550199&X-PH-a=b`,
    )
    expect(parseCallWebhook(parameters)).toEqual({
      ok: true,
      value: {
        kind: 'answer',
        callUuid,
        from: '14155550100',
        to: '+14155550199',
        direction: 'inbound',
        callStatus: 'ringing',
        event: 'StartApp',
        parameters,
      },
    })
  })

  it('reads an outbound hangup request', () => {
    const details = 'HangupCause=NORMAL_CLEARING&HangupCauseCode=4000&HangupCauseName=Normal+Hangup&HangupSource=Callee'
    const webhook = parseCall(
      `Event=Hangup&CallStatus=completed&Direction=outbound&Duration=66&BillDuration=120&${details}`,
    )
    expect(webhook).toMatchObject({
      ok: true,
      value: {
        kind: 'hangup',
        direction: 'outbound',
        hangupCause: 'NORMAL_CLEARING',
        hangupCauseCode: 4000,
        hangupCauseName: 'Normal Hangup',
        hangupSource: 'Callee',
        durationSeconds: 66,
      },
    })
  })

  it.each([
    ['answer', ''],
    ['answer', 'Event='],
    ['answer', 'Event=StartApp&CallStatus=in-progress'],
    ['ring', 'Event=Ring&CallStatus=ringing'],
    ['machine', 'Event=MachineDetection&CallStatus=in-progress&Machine=true'],
    ['redirect', 'Event=Redirect&CallStatus=in-progress'],
    ['other', 'Event=Later'],
    ['other', 'Event=DialHangup&CallStatus=completed'],
    ['hangup', 'Event=Hangup'],
    ['hangup', 'Event=Hangup&CallStatus=in-progress'],
    ['hangup', 'CallStatus=completed'],
    ['hangup', 'Event=StartApp&CallStatus=busy'],
    ['hangup', 'CallStatus=failed'],
    ['hangup', 'CallStatus=timeout'],
    ['hangup', 'CallStatus=no-answer'],
    ['hangup', 'Event=Redirect&CallStatus=completed'],
  ])('takes for %s: %s', (kind, query) => {
    expect(parseCall(query)).toMatchObject({ ok: true, value: { kind } })
  })

  it('knows the callee by both of its names', () => {
    expect(parseCall('Event=Hangup&HangupSource=Call+recipient')).toMatchObject({ value: { hangupSource: 'Callee' } })
    expect(parseCall('Event=Hangup&HangupSource=API+Request')).toMatchObject({ value: { hangupSource: 'API Request' } })
  })

  it('leaves undefined what is missing, empty or unreadable', () => {
    expect(parseCall('Event=Hangup&From=&Direction=sideways&Duration=long&HangupCauseCode=')).toMatchObject({
      ok: true,
      value: {
        from: undefined,
        to: undefined,
        direction: undefined,
        callStatus: undefined,
        hangupCause: undefined,
        hangupCauseCode: undefined,
        hangupSource: undefined,
        durationSeconds: undefined,
      },
    })
  })

  it('accepts a CallUUID that is given twice alike', () => {
    expect(parse(`CallUUID=${callUuid}&CallUUID=${callUuid}`)).toMatchObject({ ok: true, value: { callUuid } })
  })

  it.each([
    ['is missing', 'From=1'],
    ['is missing', 'CallUUID='],
    ['is missing', 'calluuid=a'],
    ['is given twice with different values', 'CallUUID=a&CallUUID=b'],
    ['must have at most 200 characters, got 201', `CallUUID=${'a'.repeat(201)}`],
    ['must consist of letters, digits and -', 'CallUUID=../../etc'],
    ['must consist of letters, digits and -', 'CallUUID=a%0Ab'],
  ])('refuses a CallUUID that %s', (problem, query) => {
    expect(parse(query)).toEqual({ ok: false, field: 'CallUUID', problem })
  })

  it('takes a CallUUID of 200 characters', () => {
    expect(parse(`CallUUID=${'a'.repeat(200)}`)).toMatchObject({ ok: true })
  })

  it('never throws, and lets no other CallUUID through', () => {
    const names = fc.constantFrom('CallUUID', 'Event', 'CallStatus', 'Duration', 'HangupCauseCode')
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.oneof(fc.string(), fc.uuid()))), (pairs) => {
        const webhook = parseCallWebhook(new URLSearchParams(pairs))
        if (webhook.ok) expect(webhook.value.callUuid).toMatch(/^[A-Za-z0-9-]{1,200}$/)
        else expect(webhook.field).toBe('CallUUID')
      }),
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStreamStatus, parseStreamStatusBody } from './stream-status.ts'

const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const parse = (query: string) => parseStreamStatus(new URLSearchParams(query))
const dropped = `CallUUID=${callUuid}&StreamID=s1&Event=DroppedStream&Error=connection+disconnected`

describe('parseStreamStatus', () => {
  it.each([
    ['StartStream', 'started'],
    ['started', 'started'],
    ['StopStream', 'stopped'],
    ['stopped', 'stopped'],
    ['DroppedStream', 'dropped'],
    ['failed', 'dropped'],
    ['DegradedStream', 'degraded'],
    ['PlayedStream', 'played'],
    ['ClearedAudio', 'cleared'],
    ['constructor', 'unknown'],
  ])('calls %s %s', (event, status) => {
    expect(parse(`CallUUID=${callUuid}&Event=${event}`)).toMatchObject({ ok: true, value: { event, status, callUuid } })
  })

  it('reads the first vocabulary', () => {
    expect(parse(`${dropped}&Name=turn-3`)).toEqual({
      ok: true,
      value: {
        status: 'dropped',
        event: 'DroppedStream',
        callUuid,
        streamId: 's1',
        reason: 'connection disconnected',
        durationSeconds: undefined,
        name: 'turn-3',
      },
    })
  })

  it('reads the second vocabulary, where an empty Error hides no StatusReason', () => {
    expect(parse(`CallUUID=${callUuid}&Event=stopped&Error=&StatusReason=completed&Duration=12`)).toMatchObject({
      value: { status: 'stopped', reason: 'completed', durationSeconds: 12 },
    })
  })

  it.each([
    ['CallUUID', 'Event=StartStream'],
    ['CallUUID', 'CallUUID=a/b&Event=StartStream'],
    ['Event', `CallUUID=${callUuid}`],
  ])('refuses a callback, naming %s, when that is wrong', (field, query) => {
    expect(parse(query)).toMatchObject({ ok: false, field })
  })
})

describe('parseStreamStatusBody', () => {
  const json = JSON.stringify({ CallUUID: callUuid, Event: 'stopped', Duration: 12, contentType: { nested: true } })
  const stopped = { ok: true, value: { status: 'stopped', callUuid, durationSeconds: 12 } }

  it('reads a form', () => {
    expect(parseStreamStatusBody('application/x-www-form-urlencoded', dropped)).toEqual(parse(dropped))
    expect(parseStreamStatusBody(undefined, dropped)).toEqual(parse(dropped))
  })

  it('reads JSON, with a number or a text for a number', () => {
    expect(parseStreamStatusBody('application/json; charset=utf-8', json)).toMatchObject(stopped)
    expect(parseStreamStatusBody('application/json', json.replace('12', '"12"'))).toMatchObject(stopped)
    expect(parseStreamStatusBody(undefined, json)).toMatchObject(stopped)
  })

  it('refuses what is not JSON though it says so', () => {
    expect(parseStreamStatusBody('application/json', dropped)).toMatchObject({ ok: false, field: '' })
    expect(parseStreamStatusBody('application/json', '[]')).toMatchObject({ ok: false, field: '' })
  })

  it('never throws', () => {
    const type = fc.constantFrom(undefined, 'application/json', 'text/plain')
    const body = fc.oneof(fc.string(), fc.json())
    fc.assert(fc.property(type, body, (...given) => typeof parseStreamStatusBody(...given).ok === 'boolean'))
  })
})

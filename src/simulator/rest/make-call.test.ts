import { describe, expect, test } from 'vitest'
import { ApiError } from './api-error.ts'
import { resolveRestAssumptions } from './assumptions.ts'
import { readMakeCall } from './make-call.ts'
import { RequestFields, type FieldTexts } from './request-fields.ts'

const least = { from: '14155550199', to: '14155550100', answer_url: 'https://voice.example.com/answer' }
const read = (fields: FieldTexts, assumptions = resolveRestAssumptions()) =>
  readMakeCall(new RequestFields(fields), assumptions)

const refusal = (fields: FieldTexts): string => {
  try {
    read({ ...least, ...fields })
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.message}`
  }
  return 'taken'
}

test('three fields are enough', () => {
  expect(read(least)).toEqual({
    from: '14155550199',
    to: ['14155550100'],
    errorIfParentNotFound: false,
    options: {
      answerUrl: 'https://voice.example.com/answer',
      answerMethod: 'POST',
      ringMethod: 'POST',
      hangupMethod: 'POST',
      fallbackMethod: 'POST',
    },
  })
})

test('every field of Make Call is read, seconds as milliseconds', () => {
  const { options, from, to } = read({
    ...least,
    from: '+1 415 555 0199',
    to: '+14155550100<sip:desk@phone.example.com<442055550100',
    answer_method: 'get',
    ring_url: 'https://voice.example.com/ring',
    ring_method: 'GET',
    hangup_url: 'https://voice.example.com/hangup#rc=2',
    fallback_url: 'https://voice.example.com/fallback',
    caller_name: 'Ada',
    send_digits: 'wW12#@250',
    time_limit: '900',
    hangup_on_ring: '3',
    ring_timeout: '45',
    machine_detection: 'hangup',
    machine_detection_time: '3000',
    machine_detection_url: 'https://voice.example.com/machine',
    machine_detection_method: 'GET',
    sip_headers: 'tenant=acme,X-PH-Session=42,PH-Reserved=1',
    parent_call_uuid: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
  })
  expect({ from, to }).toEqual({
    from: '14155550199',
    to: ['14155550100', 'sip:desk@phone.example.com', '442055550100'],
  })
  expect(options).toEqual({
    answerUrl: 'https://voice.example.com/answer',
    answerMethod: 'GET',
    ringUrl: 'https://voice.example.com/ring',
    ringMethod: 'GET',
    hangupUrl: 'https://voice.example.com/hangup#rc=2',
    hangupMethod: 'POST',
    fallbackUrl: 'https://voice.example.com/fallback',
    fallbackMethod: 'POST',
    callerName: 'Ada',
    sendDigits: 'wW12#@250',
    timeLimitMs: 900_000,
    hangupOnRingMs: 3_000,
    ringTimeoutMs: 45_000,
    machineDetection: { mode: 'hangup', url: 'https://voice.example.com/machine', method: 'GET', timeMs: 3_000 },
    sipHeaders: { tenant: 'acme', Session: '42' },
    parentCallUuid: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
  })
})

describe('is refused with 400 when', () => {
  test.each([
    [{ from: '' }, 'from parameter is missing'],
    [{ to: '' }, 'to parameter is missing'],
    [{ answer_url: '' }, 'answer_url parameter is missing'],
    [{ answer_url: 'ftp://example.com' }, 'answer_url parameter must be an http or https URL'],
    [{ answer_method: 'PUT' }, 'answer_method parameter must be one of GET, POST'],
    [{ hangup_url: 'nowhere' }, 'hangup_url parameter must be an http or https URL'],
    [{ caller_name: 'x'.repeat(51) }, 'caller_name parameter must be of at most 50 characters'],
    [{ time_limit: '0' }, 'time_limit parameter must be 1 to 86400'],
    [{ ring_timeout: 'soon' }, 'ring_timeout parameter must be 1 to 86400'],
    [{ machine_detection: 'maybe' }, 'machine_detection parameter must be one of true, hangup, false'],
    [{ machine_detection_time: '100' }, 'machine_detection_time parameter must be 2000 to 10000'],
    [{ sip_headers: 'a=b c' }, 'sip_headers parameter must be pairs k=v,k2=v2 of letters and digits'],
    [{ send_on_preanswer: 'perhaps' }, 'send_on_preanswer parameter must be one of true, false'],
  ])('%j', (fields, message) => {
    expect(refusal(fields)).toBe(`400 ${message}`)
  })

  test('digits are none', () => {
    expect(refusal({ send_digits: '12x' })).toMatch(/^400 send_digits parameter is invalid: /)
  })

  test.each(['hello', '12', '14155550100<', '14155550100<sip:nobody', '1'.repeat(16)])('it is to %s', (to) => {
    expect(refusal({ to })).toMatch(/^400 to parameter must be/)
  })

  test('it has more than a thousand destinations', () => {
    expect(refusal({ to: Array(1000).fill('14155550100').join('<') })).toBe('taken')
    expect(refusal({ to: Array(1001).fill('14155550100').join('<') })).toMatch(/at most 1000 destinations$/)
  })
})

test('headers that Plivo does not carry may be left out instead', () => {
  const fields = { ...least, sip_headers: 'a=b c,Good=1' }
  const { options } = read(fields, resolveRestAssumptions({ invalidSipHeaders: 'drop' }))
  expect(options.sipHeaders).toEqual({ Good: '1' })
})

import { describe, expect, it } from 'vitest'
import { describeFailure, failed, type Parsed, parsed } from './parsed.ts'

const parsePort = (text: string): Parsed<number> => {
  const port = Number(text)
  return Number.isInteger(port) ? parsed(port) : failed('port', `must be a whole number, got "${text}"`)
}

describe('Parsed', () => {
  it('is a value, or the field that is wrong and what is wrong with it', () => {
    expect(parsePort('8080')).toEqual({ ok: true, value: 8080 })
    expect(parsePort('x')).toEqual({ ok: false, field: 'port', problem: 'must be a whole number, got "x"' })
  })

  it('holds undefined as a value like any other', () => {
    expect(parsed(undefined)).toEqual({ ok: true, value: undefined })
  })
})

describe('describeFailure', () => {
  it('makes a line of the field and its problem', () => {
    expect(describeFailure(failed('start.callId', 'is missing'))).toBe('start.callId is missing')
  })

  it('leaves the field out when the whole is wrong', () => {
    expect(describeFailure(failed('', 'no JSON object'))).toBe('no JSON object')
  })
})

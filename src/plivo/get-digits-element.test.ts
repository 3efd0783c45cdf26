import { describe, expect, it } from 'vitest'
import { hangup, play, speak, wait } from './answer-xml.ts'
import { getDigits, type GetDigitsOptions } from './get-digits-element.ts'
import { xmlDocument } from './xml.ts'

const action = 'https://voice.example.com/menu'
const markup = (options: GetDigitsOptions) => xmlDocument(getDigits(options)).split('\n')[1]

describe('getDigits', () => {
  it('writes its prompt and every option under its name in Plivo', () => {
    const options: GetDigitsOptions = {
      action,
      method: 'GET',
      redirect: false,
      prompt: [speak({ text: 'Press 1.' }), play({ url: 'https://a/b.mp3' }), wait({ lengthSeconds: 1 })],
      numDigits: 99,
      timeoutSeconds: 7,
      digitTimeoutSeconds: 3,
      finishOnKey: '*',
      retries: 2,
      playBeep: true,
      validDigits: '123',
      invalidDigitsSound: 'https://a/no.mp3',
      log: false,
    }
    expect(markup(options)).toBe(
      `<GetDigits action="${action}" method="GET" redirect="false" playBeep="true" validDigits="123"` +
        ' invalidDigitsSound="https://a/no.mp3" log="false" numDigits="99" timeout="7" digitTimeout="3"' +
        ' finishOnKey="*" retries="2"><Speak>Press 1.</Speak><Play>https://a/b.mp3</Play><Wait length="1"/></GetDigits>',
    )
  })

  it('may do without a prompt and without a key that ends it', () => {
    expect(markup({ action, finishOnKey: 'none' })).toBe(`<GetDigits action="${action}" finishOnKey="none"/>`)
  })

  it.each<[string, Partial<GetDigitsOptions>]>([
    ['action must be a http', { action: '' }],
    ['prompt must consist of Speak, Play, Wait, and not of Hangup', { prompt: [hangup()] }],
    ['numDigits must be 1 to 99', { numDigits: 100 }],
    ['numDigits must be a whole number from 1', { numDigits: 0 }],
    ['timeoutSeconds must be a whole number from 1', { timeoutSeconds: 0 }],
    ['digitTimeoutSeconds must be a whole number from 1', { digitTimeoutSeconds: 0.5 }],
    ['finishOnKey must be', { finishOnKey: 'any' }],
    ['retries must be a whole number from 1', { retries: 0 }],
    ['validDigits must be made of', { validDigits: '1A' }],
    ['invalidDigitsSound must be a http', { invalidDigitsSound: 'no.mp3' }],
  ])('refuses what Plivo would: %s', (rule, change) => {
    expect(() => getDigits({ action, ...change })).toThrow(RangeError)
    expect(() => getDigits({ action, ...change })).toThrow(rule)
  })
})

import { describe, expect, it } from 'vitest'
import { dial, type DialOptions } from './dial-element.ts'
import { xmlDocument } from './xml.ts'

const markup = (options: DialOptions) => xmlDocument(dial(options)).split('\n')[1]
const to = ['14155550123']

describe('dial', () => {
  it('writes numbers and SIP users, each with what is its own', () => {
    expect(
      markup({
        to: [
          '+14155550123',
          'sip:desk@phone.example.com',
          { to: '14155550124', sendDigits: 'ww12#', sendOnPreanswer: true, callerId: '1', callerName: 'Ada' },
          { to: 'sips:a@b', sipHeaders: { Tenant: 'acme', k: '1' } },
        ],
      }),
    ).toBe(
      '<Dial><Number>+14155550123</Number><User>sip:desk@phone.example.com</User>' +
        '<Number sendDigits="ww12#" sendOnPreanswer="true" callerId="1" callerName="Ada">14155550124</Number>' +
        '<User sipHeaders="Tenant=acme,k=1">sips:a@b</User></Dial>',
    )
  })

  it('writes every option under its name in Plivo', () => {
    const text = markup({
      to,
      action: 'https://a/after?x=1&y=2',
      method: 'GET',
      redirect: false,
      timeoutSeconds: 25,
      timeLimitSeconds: 600,
      callerId: '14155550199',
      callerName: 'Front "Desk"',
      hangupOnStar: true,
      dialMusic: 'https://a/music',
      confirmSound: 'https://a/confirm',
      confirmKey: '1',
      confirmTimeoutSeconds: 8,
      callbackUrl: 'https://a/event',
      callbackMethod: 'GET',
      digitsMatch: ['1', '23'],
      digitsMatchBLeg: ['*9'],
      sipHeaders: { Tenant: 'acme' },
    })
    const attributes = [...(text ?? '').matchAll(/ ([A-Za-z]+)="([^"]*)"/g)].map(([, name, value]) => [name, value])
    expect(Object.fromEntries(attributes)).toEqual({
      action: 'https://a/after?x=1&amp;y=2',
      method: 'GET',
      redirect: 'false',
      timeout: '25',
      timeLimit: '600',
      callerId: '14155550199',
      callerName: 'Front &quot;Desk&quot;',
      hangupOnStar: 'true',
      dialMusic: 'https://a/music',
      confirmSound: 'https://a/confirm',
      confirmKey: '1',
      confirmTimeout: '8',
      callbackUrl: 'https://a/event',
      callbackMethod: 'GET',
      digitsMatch: '1,23',
      digitsMatchBLeg: '*9',
      sipHeaders: 'Tenant=acme',
    })
  })

  it('knows the true ringing by its name, and leaves out lists that are empty', () => {
    expect(markup({ to, dialMusic: 'real', digitsMatch: [], sipHeaders: {} })).toBe(
      '<Dial dialMusic="real"><Number>14155550123</Number></Dial>',
    )
  })

  it.each<[string, Partial<DialOptions>]>([
    ['to must name at least one', { to: [] }],
    ['to must be a number', { to: ['12'] }],
    ['to must be a number', { to: ['1415 555 0123'] }],
    ['to must be a number', { to: ['14155550123<14155550124'] }],
    ['to must be a number', { to: ['sip:nobody'] }],
    ['to must be a number', { to: ['sip:a b@c'] }],
    ['to must be a number', { to: ['tel:14155550123'] }],
    ['sendDigits must be made of', { to: [{ to: '14155550123', sendDigits: '1,2' }] }],
    ['callerName must have 1 to 50', { to: [{ to: '14155550123', callerName: 'a'.repeat(51) }] }],
    ['callerName must have 1 to 50', { callerName: 'a'.repeat(51) }],
    ['callerId must have 1 to', { callerId: '' }],
    ['action must be a http', { action: 'after' }],
    ['timeoutSeconds must be a whole number from 1', { timeoutSeconds: 0 }],
    ['timeLimitSeconds must be a whole number from 1', { timeLimitSeconds: 1.5 }],
    ['confirmTimeoutSeconds must be a whole number from 1', { confirmTimeoutSeconds: -1 }],
    ['dialMusic must be a http', { dialMusic: 'ringing' }],
    ['confirmSound must be a http', { confirmSound: 'beep' }],
    ['confirmKey must be made of one key', { confirmKey: '12' }],
    ['confirmKey must be made of one key', { confirmKey: '' }],
    ['callbackUrl must be a http', { callbackUrl: 'ws://a/' }],
    ['digitsMatch must be made of', { digitsMatch: ['1,2'] }],
    ['digitsMatchBLeg must be made of', { digitsMatchBLeg: [''] }],
    ['sipHeaders: the name', { sipHeaders: { 'X-Tenant': 'acme' } }],
  ])('refuses what Plivo would: %s', (rule, change) => {
    expect(() => dial({ to, ...change })).toThrow(RangeError)
    expect(() => dial({ to, ...change })).toThrow(rule)
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeExtraHeaders, parseExtraHeaders } from './extra-headers.ts'

describe('parseExtraHeaders', () => {
  it.each([
    ['commas', 'tenant=acme,session=42'],
    ['semicolons', 'tenant=acme;session=42'],
    ['white space', ' tenant = acme , session=42\n'],
    ['percent escapes', 't%65nant=%61cme,session=4%32'],
    ['JSON', '{"tenant":"acme","session":42}'],
    ['braces and colons', '{X-PH-tenant: acme, X-PH-session: 42}'],
    ['braces and equal signs', '{tenant=acme, session=42}'],
    ['prefixed JSON', '{"X-PH-tenant":"acme","x-ph-session":"42"}'],
    ['pieces that are no pairs', ',tenant=acme,,flag,=nameless,session=42;'],
  ])('reads pairs with %s', (_, raw) => {
    expect({ ...parseExtraHeaders(raw) }).toStrictEqual({ tenant: 'acme', session: '42' })
  })

  it.each(['', '{}', ' ', '{ }'])('reads %j as none', (raw) => {
    expect({ ...parseExtraHeaders(raw) }).toStrictEqual({})
  })

  it('divides at the first equal sign, before decoding', () => {
    expect({ ...parseExtraHeaders('a=b=c,d=e%2Cf%3Dg') }).toStrictEqual({ a: 'b=c', d: 'e,f=g' })
  })

  it('leaves an escape that is not valid as it is', () => {
    expect({ ...parseExtraHeaders('rate=100%,x=%zz') }).toStrictEqual({ rate: '100%', x: '%zz' })
  })

  it('takes JSON values as they are and leaves nested ones out', () => {
    expect({ ...parseExtraHeaders('{"a":"%41","b":true,"c":{"d":1},"e":null}') }).toStrictEqual({ a: '%41', b: 'true' })
  })

  it.each(['__proto__=x,a=b', '{"__proto__":{"polluted":"x"},"a":"b"}', '{"__proto__":"x","a":"b"}'])(
    'lets %s touch no prototype',
    (raw) => {
      const headers = parseExtraHeaders(raw)
      expect(headers['a']).toBe('b')
      expect(headers['polluted']).toBeUndefined()
      expect(headers['constructor']).toBeUndefined()
      expect(Object.getPrototypeOf(headers)).toBeNull()
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    },
  )

  it('never throws, and gives only strings', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^\{[%=:,;a-]*\}$/)), (raw) =>
        Object.values(parseExtraHeaders(raw)).every((value) => typeof value === 'string'),
      ),
    )
  })
})

describe('encodeExtraHeaders', () => {
  it('joins with commas', () => {
    expect(encodeExtraHeaders({ tenant: 'acme', empty: '' })).toBe('tenant=acme,empty=')
    expect(encodeExtraHeaders({})).toBe('')
  })

  it('writes what parseExtraHeaders reads back', () => {
    const pairs = fc.dictionary(fc.stringMatching(/^[A-Za-z0-9]{1,20}$/), fc.stringMatching(/^[A-Za-z0-9]{0,20}$/), {
      maxKeys: 12,
    })
    fc.assert(
      fc.property(pairs, (headers) => {
        expect({ ...parseExtraHeaders(encodeExtraHeaders(headers)) }).toEqual({ ...headers })
      }),
    )
  })

  it.each([{ 'a-b': 'c' }, { a: 'b c' }, { a: 'ü' }, { '': 'a' }, { a: 'b,c=d' }])(
    'refuses %j, naming the alphabet',
    (pairs: Record<string, string>) => {
      expect(() => encodeExtraHeaders(pairs)).toThrow(RangeError)
      expect(() => encodeExtraHeaders(pairs)).toThrow('A-Z, a-z and 0-9')
    },
  )

  it('takes 512 bytes and no more', () => {
    expect(encodeExtraHeaders({ a: 'x'.repeat(510) })).toHaveLength(512)
    expect(() => encodeExtraHeaders({ a: 'x'.repeat(511) })).toThrow(RangeError)
    expect(() => encodeExtraHeaders({ a: 'x'.repeat(511) })).toThrow('at most 512 bytes, got 513')
  })
})

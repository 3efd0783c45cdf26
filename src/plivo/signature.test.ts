import * as fc from 'fast-check'
import { validateV3Signature } from 'plivo'
import { describe, expect, it } from 'vitest'
import { signatureHeaders, signV3, v3BaseString, verifyUpgrade, verifyV3 } from './signature.ts'

const token = 'sub-auth-token-abcdefghijkl0123456789'
const mainToken = 'main-auth-token-0123456789abcdefghijkl'

interface Vector {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly nonce: string
  readonly params?: readonly (readonly [string, string])[]
  readonly base: string
  readonly signature: string
  readonly mainSignature: string
}

const answer = 'https://voice.example.com/plivo/answer'
const callUuid = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'

const tv1: Vector = {
  method: 'POST',
  url: answer,
  nonce: '05429567804466091622',
  params: [
    ['CallUUID', callUuid],
    ['From', '14155550100'],
    ['To', '14155550199'],
    ['Direction', 'inbound'],
    ['CallStatus', 'ringing'],
    ['Event', 'StartApp'],
  ],
  base: `${answer}?CallStatusringingCallUUID${callUuid}DirectioninboundEventStartAppFrom14155550100To14155550199`,
  signature: 'p44KKqwzu4rcbLxdkWdOQqs7MwrEUQpTdRgoqsoyQfk=',
  mainSignature: 'OcCPLkxuzb42WJB9yXzfuVjJHop4denYc9ajvnr4oMs=',
}
const tv2: Vector = {
  method: 'POST',
  url: 'https://voice.example.com/plivo/menu?tenant=acme&lang=en',
  nonce: '11223344556677889900',
  params: [
    ['CallUUID', callUuid],
    ['Digits', '12*#'],
    ['From', '+14155550100'],
    ['To', '14155550199'],
    ['CallerName', 'Ann Lee'],
  ],
  base: `https://voice.example.com/plivo/menu?lang=en&tenant=acme.CallUUID${callUuid}CallerNameAnn LeeDigits12*#From+14155550100To14155550199`,
  signature: 'skyRcBx1UJQmruu0DDwHiUyQoVHwpM65eVn6YMp5L+c=',
  mainSignature: 'xMY8EWi5iEOR05ptcMwWTMsjHh3PMRNOfV20S39ztlc=',
}
const tv3: Vector = {
  method: 'GET',
  url: `https://voice.example.com:8443/plivo/answer?To=14155550199&From=%2B14155550100&CallerName=Ann+Lee&CallUUID=${callUuid}`,
  nonce: '99887766554433221100',
  base: `https://voice.example.com:8443/plivo/answer?CallUUID=${callUuid}&CallerName=Ann Lee&From=+14155550100&To=14155550199`,
  signature: 'Z+7xVBmSXiVVPA9RkCsipZHotKfPr/CcKhASfPiqFb0=',
  mainSignature: 'GNuRStZC8Pn/D8dTxFrCw8789+wbWXp+8yXCN53mBpQ=',
}
const tv4: Vector = {
  method: 'GET',
  url: 'http://voice.example.com/plivo/stream/5a3f7c52?t=9&a=1',
  nonce: '24681357902468135790',
  base: 'http://voice.example.com/plivo/stream/5a3f7c52?a=1&t=9',
  signature: 'kFQN4JorJKJ7VdxQpdHMKk74n5IqZ6pEHEg0RwjRDI0=',
  mainSignature: 'iqttWi0dWEfsrprnpt+QZOQ5Xxn0L2qr8dy7EXKB/FM=',
}
const tv4b: Vector = {
  method: 'GET',
  url: 'http://voice.example.com/plivo/stream/5a3f7c52',
  nonce: '24681357902468135790',
  base: 'http://voice.example.com/plivo/stream/5a3f7c52',
  signature: '3Ax27HQWoknAkK3CvJ+vB1Cwx6ijnkltySXtv3lNvOE=',
  mainSignature: '3RQx02c3YGL88NNiKjiJjCrbSYD6T5j5W8EupdkFD/U=',
}
const tv5: Vector = {
  method: 'POST',
  url: 'https://voice.example.com/plivo/hangup',
  nonce: '00000000000000000001',
  params: [],
  base: 'https://voice.example.com/plivo/hangup',
  signature: '85IxJCFBcAQYK/YQHNZhxkZ7crlBf0w+ulkFdzRLXzc=',
  mainSignature: '9+21KLJPyYjE+UAQZW9Cs0nVJnbUzoQdmKzuVLibhI8=',
}
const tv6: Vector = {
  method: 'POST',
  url: 'https://voice.example.com/plivo/x/',
  nonce: '00000000000000000002',
  params: [...new URLSearchParams('b=2&A=z&A=a&B=&a=1')],
  base: 'https://voice.example.com/plivo/x/?AaAzBa1b2',
  signature: '9IrdiODtXu3ggUSJEIWtFp5TFiqgWBFi745aQA2aFzA=',
  mainSignature: '+VnoKZqRZuKCyU5eV1GvKnHekoacAmEhkDKROwqss78=',
}
const vectors = Object.entries({ tv1, tv2, tv3, tv4, tv4b, tv5, tv6 })

describe.each(vectors)('the vector %s', (_, vector) => {
  it('has the base string and the signatures of the reference', () => {
    expect(v3BaseString(vector)).toBe(vector.base)
    expect(signV3({ ...vector, token })).toBe(vector.signature)
    expect(signV3({ ...vector, token: mainToken })).toBe(vector.mainSignature)
  })

  it('is verified by either signature', () => {
    const { signature, mainSignature, ...request } = vector
    expect(verifyV3({ ...request, tokens: [token], signature })).toBe(true)
    expect(verifyV3({ ...request, tokens: [], mainToken, mainSignature })).toBe(true)
  })
})

describe('verifyV3', () => {
  const { signature, mainSignature, base: _, ...request } = tv2
  const sent = { ...request, tokens: [token], mainToken }

  it.each([
    ['a parameter', { params: tv2.params?.map(([name, value]) => [name, name === 'Digits' ? '13' : value] as const) }],
    ['a parameter less', { params: tv2.params?.slice(1) }],
    ['the query', { url: tv2.url.replace('acme', 'evil') }],
    ['the nonce', { nonce: '1' }],
    ['the host', { url: tv2.url.replace('voice', 'vice') }],
    ['the port', { url: tv2.url.replace('.com', '.com:443') }],
    ['the scheme', { url: tv2.url.replace('https', 'http') }],
    ['the path', { url: tv2.url.replace('menu', 'menu/') }],
    ['the method', { method: 'GET' as const }],
    ['the tokens', { tokens: ['other'], mainToken: 'another' }],
    ['the signatures', { signature: mainSignature, mainSignature: signature }],
    ['the presence of the nonce', { nonce: undefined }],
    ['the presence of both signatures', { signature: undefined, mainSignature: undefined }],
    ['the contents of both signatures', { signature: ' , ', mainSignature: '' }],
  ])('refuses once %s changes', (_, change) => {
    expect(verifyV3({ ...sent, signature, mainSignature })).toBe(true)
    expect(verifyV3({ ...sent, signature, mainSignature, ...change })).toBe(false)
  })

  it('finds the signature in a list, with spaces or without', () => {
    expect(verifyV3({ ...sent, signature: `abc=,${signature}` })).toBe(true)
    expect(verifyV3({ ...sent, signature: ` ${signature} , abc=` })).toBe(true)
  })

  it('accepts any of several tokens', () => {
    expect(verifyV3({ ...sent, tokens: ['older', token], signature })).toBe(true)
  })

  it('accepts any token as the main one only while none is named', () => {
    expect(verifyV3({ ...request, tokens: ['older', mainToken], mainSignature })).toBe(true)
    expect(verifyV3({ ...request, tokens: [mainToken], mainToken: 'other', mainSignature })).toBe(false)
  })

  it('does not accept the main token for the account signature', () => {
    expect(verifyV3({ ...sent, signature: mainSignature })).toBe(false)
  })

  it('never accepts an empty token, which anyone can sign with', () => {
    const forged = signV3({ ...tv2, token: '' })
    const signatures = { signature: forged, mainSignature: forged }
    expect(verifyV3({ ...request, tokens: [''], mainToken: '', ...signatures })).toBe(false)
  })

  it.each(['', '/plivo/menu', 'voice.example.com/plivo', 'https://', '://'])('refuses the URL %j', (url) => {
    expect(verifyV3({ ...sent, url, signature })).toBe(false)
    expect(() => v3BaseString({ method: 'GET', url })).toThrow(TypeError)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (url, nonce, header) => {
        expect(verifyV3({ method: 'GET', url, nonce, tokens: [token], signature: header })).toBe(false)
        expect(verifyUpgrade({ publicUrl: url, nonce, tokens: [token], signature: header })).toBe('no')
      }),
    )
  })
})

describe('v3BaseString', () => {
  it('drops fragment and user, and keeps port, escapes and slashes as they are written', () => {
    const url = 'https://user:p@ss@Voice.example.com:443//a%2Fb/?b=%20&a=#ct=2000'
    expect(v3BaseString({ method: 'GET', url })).toBe('https://Voice.example.com:443//a%2Fb/?a=&b= ')
  })

  it('puts the parameters of a GET into the query', () => {
    const url = 'https://voice.example.com/a?z=1'
    expect(v3BaseString({ method: 'GET', url, params: new URLSearchParams('b=2&B=3') })).toBe(
      'https://voice.example.com/a?B=3&b=2&z=1',
    )
  })
})

describe("Plivo's own package", () => {
  // Its maps have a prototype, so a parameter named `constructor` makes it throw; and what is not ASCII must be escaped.
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,9}$/).filter((text) => !(text in {}))
  const pairs = fc.array(fc.tuple(name, fc.string({ unit: 'grapheme' })), { maxLength: 8 })
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST'),
    path: fc.stringMatching(/^(\/[A-Za-z0-9_.-]{1,8}){0,3}\/?$/),
    port: fc.constantFrom('', ':8443'),
    query: pairs,
    params: pairs,
    nonce: fc.stringMatching(/^[A-Za-z0-9]{1,32}$/),
  })

  it('validates what we sign, and we verify it', () => {
    fc.assert(
      fc.property(request, ({ method, path, port, query, params, nonce }) => {
        const text = new URLSearchParams(query).toString()
        const url = `https://voice.example.com${port}${path}${text === '' ? '' : `?${text}`}`
        const headers = signatureHeaders({ tokens: ['old', token], mainToken, method, url, nonce, params })
        const signature = headers['X-Plivo-Signature-V3']
        const grouped = Object.fromEntries(
          [...Map.groupBy(params, ([key]) => key)].map(([key, same]) => [key, same.map(([, value]) => value)]),
        )
        expect(validateV3Signature(method, url, nonce, token, signature, grouped)).toBe(true)
        expect(validateV3Signature(method, url, nonce, 'other', signature, grouped)).toBe(false)
        expect(verifyV3({ method, url, nonce, params, tokens: [token], signature })).toBe(true)
      }),
    )
  })
})

describe('signatureHeaders', () => {
  it('lists one signature per token without spaces, and the main signature apart', () => {
    const { signature, mainSignature, ...request } = tv1
    expect(signatureHeaders({ ...request, tokens: [token, mainToken], mainToken })).toEqual({
      'X-Plivo-Signature-V3': `${signature},${mainSignature}`,
      'X-Plivo-Signature-Ma-V3': mainSignature,
      'X-Plivo-Signature-V3-Nonce': tv1.nonce,
    })
  })

  it('signs for the main account with the same tokens when no other is named', () => {
    const { signature, ...request } = tv1
    expect(signatureHeaders({ ...request, tokens: [token] })).toMatchObject({ 'X-Plivo-Signature-Ma-V3': signature })
  })
})

describe('verifyUpgrade', () => {
  const publicUrl = 'wss://voice.example.com/plivo/stream/5a3f7c52?t=9&a=1'
  const upgrade = { publicUrl, tokens: [token], mainToken, nonce: tv4.nonce }

  it('accepts TV4 with the query and TV4b without, by either signature', () => {
    expect(verifyUpgrade({ ...upgrade, signature: tv4.signature })).toBe('with-query')
    expect(verifyUpgrade({ ...upgrade, mainSignature: tv4.mainSignature })).toBe('with-query')
    expect(verifyUpgrade({ ...upgrade, signature: tv4b.signature })).toBe('without-query')
    expect(verifyUpgrade({ ...upgrade, mainSignature: tv4b.mainSignature })).toBe('without-query')
  })

  it.each(['http', 'https', 'wss', 'ws'])('accepts a URL signed as %s, whatever the public scheme is', (scheme) => {
    const sign = (tail: string) =>
      signV3({ token, method: 'GET', nonce: tv4.nonce, url: `${scheme}://h.example${tail}` })
    for (const own of ['http', 'https', 'wss', 'ws']) {
      const asked = { ...upgrade, publicUrl: `${own}://h.example/s?t=9` }
      expect(verifyUpgrade({ ...asked, signature: sign('/s?t=9') })).toBe('with-query')
      expect(verifyUpgrade({ ...asked, signature: sign('/s') })).toBe('without-query')
    }
  })

  it('counts a URL that has no query as signed whole', () => {
    const { url } = tv4b
    expect(verifyUpgrade({ ...upgrade, publicUrl: url, signature: tv4b.signature })).toBe('with-query')
  })

  it.each([
    ['another path', { publicUrl: publicUrl.replace('5a3f7c52', '5a3f7c53') }],
    ['another host', { publicUrl: publicUrl.replace('voice', 'vice') }],
    ['a query that is signed differently', { publicUrl: publicUrl.replace('t=9', 't=8') }],
    ['another nonce', { nonce: '1' }],
    ['no nonce', { nonce: undefined }],
    ['no signature', { signature: undefined }],
    ['another scheme', { publicUrl: publicUrl.replace('wss', 'ftp') }],
    ['no URL', { publicUrl: '/plivo/stream' }],
  ])('refuses %s', (_, change) => {
    expect(verifyUpgrade({ ...upgrade, signature: tv4.signature, ...change })).toBe('no')
  })
})

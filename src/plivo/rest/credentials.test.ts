import { describe, expect, it } from 'vitest'
import { Credentials } from './credentials.ts'

const authToken = 'aVerySecretTokenOfTheTests0123456789'
const basic = `Basic ${btoa(`MAEXAMPLE:${authToken}`)}`
const of = (baseUrl: string) => new Credentials({ authId: 'MAEXAMPLE', authToken, baseUrl: new URL(baseUrl) })

describe('credentials', () => {
  it.each([
    'https://api.plivo.com/v1/',
    'https://media.plivo.com/v1/Account/MA/Recording/r.mp3',
    'https://MEDIA.plivo.com/r.mp3',
    'https://plivo.com/r.mp3',
  ])('go to %s', (url) => {
    expect(of('https://api.plivo.com').authorizationFor(new URL(url))).toBe(basic)
  })

  it.each([
    'http://media.plivo.com/r.mp3',
    'http://api.plivo.com/',
    'https://plivo.com.example.com/',
    'https://notplivo.com/',
    'https://example.com/?plivo.com',
    'https://media.plivo.com@example.com/',
    'https://s3.amazonaws.com/recordings/r.mp3',
  ])('do not go to %s', (url) => {
    expect(of('https://api.plivo.com').authorizationFor(new URL(url))).toBeUndefined()
  })

  it('go to another API that was named, with the same scheme and port', () => {
    const credentials = of('http://127.0.0.1:8090/plivo')
    expect(credentials.authorizationFor(new URL('http://127.0.0.1:8090/recordings/r.wav'))).toBe(basic)
    expect(credentials.authorizationFor(new URL('http://127.0.0.1:8091/recordings/r.wav'))).toBeUndefined()
    expect(credentials.authorizationFor(new URL('https://127.0.0.1:8090/recordings/r.wav'))).toBeUndefined()
  })

  it('are taken out of a text', () => {
    expect(of('https://a').withoutSecrets(`a ${authToken} b ${basic} c ${authToken}`)).toBe(
      'a [hidden] b Basic [hidden] c [hidden]',
    )
  })
})

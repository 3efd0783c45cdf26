import { expect, test } from 'vitest'
import { isWebUrl, parseUrlSettings } from './url-settings.ts'

test('a URL without a fragment has the defaults of Plivo', () => {
  expect(parseUrlSettings('https://example.com/a?x=1')).toEqual({
    url: 'https://example.com/a?x=1',
    settings: {
      connectTimeoutMs: 2000,
      readTimeoutMs: 40_000,
      totalTimeoutMs: 55_000,
      retries: 1,
      retryOn: new Set(['ct', 'rt']),
    },
    problems: [],
  })
})

test('the settings in a fragment are taken off the URL and obeyed', () => {
  const { url, settings, problems } = parseUrlSettings('https://h/a#ct=100&rt=5000&tt=9000&rc=5&rp=4xx,5xx&er=mumbai')
  expect(url).toBe('https://h/a')
  expect(settings).toEqual({
    connectTimeoutMs: 100,
    readTimeoutMs: 5000,
    totalTimeoutMs: 9000,
    retries: 5,
    retryOn: new Set(['4xx', '5xx']),
  })
  expect(problems).toEqual([])
  expect(parseUrlSettings('https://h/#rp=all').settings.retryOn).toEqual(new Set(['4xx', '5xx', 'ct', 'rt']))
})

test('a setting out of range has its default, and is named', () => {
  const { settings, problems } = parseUrlSettings('https://h/a#ct=99&rc=6&rt=soon&rp=ct,3xx')
  expect(settings).toMatchObject({
    connectTimeoutMs: 2000,
    retries: 1,
    readTimeoutMs: 40_000,
    retryOn: new Set(['ct']),
  })
  expect(problems).toHaveLength(4)
  expect(problems[0]).toBe('#ct must be a whole number from 100 to 10000, got "99"')
})

test.each(['http://h/a', 'https://h:8443/a?b=c#ct=200', 'HTTP://h', 'http://[::1]:7860/a', 'http://user:secret@h/a'])(
  '%s is a web URL',
  (url) => {
    expect(isWebUrl(url)).toBe(true)
  },
)

test.each([
  'http:/h/a',
  'http:h/a',
  'http:\\\\h/a',
  'http:///h/a',
  ' http://h/a',
  'http://h/\na',
  'ftp://h/a',
  'h/a',
  '',
])('%j is none, whatever a URL parser makes of it', (url) => {
  expect(isWebUrl(url)).toBe(false)
})

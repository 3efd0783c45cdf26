import * as fc from 'fast-check'
import type { Operation, Schema } from './api-document.ts'
import { anyJson, awkwardText, validValue } from './arbitrary-value.ts'
import { rubbish, spoilt } from './spoilt-value.ts'

export interface FuzzRequest {
  readonly operation: Operation
  readonly method: string
  /** With its query, as it goes on the wire. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | undefined
  /** Sent in pieces, without its length. */
  readonly inChunks: boolean
}

export interface Surroundings {
  /** Names and ids of what is there, by the name of the field; for what a path ends in first by `DELETE name`. */
  readonly known: (name: string) => readonly string[]
  /** Good credentials, by the name of their scheme. */
  readonly credentials: Readonly<Record<string, string>>
  /** Those that were good once, or never. */
  readonly badCredentials: readonly string[]
}

/** Any request to any of the operations: mostly good, often nearly, sometimes rubbish. */
export const anyRequest = (operations: readonly Operation[], around: Surroundings): fc.Arbitrary<FuzzRequest> =>
  fc.oneof(...operations.map((operation) => requestTo(operation, around)))

function requestTo(operation: Operation, around: Surroundings): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      method: fc.oneof(
        { weight: 60, arbitrary: fc.constant(operation.method) },
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'),
      ),
      path: pathOf(operation, around),
      query: queryOf(operation, around),
      headers: headersOf(operation, around),
      body: bodyOf(operation, around),
      type: mostly(fc.constant('application/json'), fc.oneof(fc.constantFrom(...otherTypes), printable)),
      inChunks: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
    })
    .map(({ path, query, type, headers, ...others }) => ({
      ...others,
      operation,
      path: query === '' ? path : `${path}?${query}`,
      headers: { ...(others.body !== undefined && type !== '' && { 'content-type': type }), ...headers },
    }))
}

const otherTypes = [
  '',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/json; charset=utf-16',
]
const printable = fc.stringMatching(/^[ -~]{0,40}$/)

const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 15): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd })

/** Parts of a path that want to be somewhere else. */
const tricks = [
  '',
  '.',
  '..',
  '%2e%2e',
  '%2F',
  '..%2f..',
  '%00',
  '%',
  '%zz',
  '%ff',
  'a/b',
  ';x=1',
  '*',
  '{org}',
  '%E0%A4%A',
  '~',
  '@',
]

function pathOf({ method, path, parameters = [] }: Operation, around: Surroundings): fc.Arbitrary<string> {
  const inPath = parameters.filter((parameter) => parameter.in === 'path')
  const known = (name: string) => {
    const own = path.endsWith(`{${name}}`) ? around.known(`${method} ${name}`) : []
    return own.length > 0 ? own : around.known(name)
  }
  const values = inPath.map(({ name, schema }) =>
    fc.oneof(
      { weight: 60, arbitrary: validValue(schema, known, name).map((value) => encodeURIComponent(wellFormed(value))) },
      { weight: 2, arbitrary: awkwardText.map((text) => encodeURIComponent(wellFormed(text))) },
      { weight: 1, arbitrary: fc.constantFrom(...tricks) },
    ),
  )
  const usual = fc
    .tuple(...values)
    .map((texts) =>
      inPath.reduce((filled, { name }, at) => filled.replaceAll(`{${name}}`, () => texts[at] ?? ''), path),
    )
  const odd = fc.tuple(usual, fc.constantFrom(...tricks), fc.nat(20)).map(([good, trick, at]) =>
    good
      .split('/')
      .toSpliced(1 + (at % 6), at % 2, trick)
      .join('/'),
  )
  return mostly(usual, odd)
}

/** Half of a surrogate pair cannot be written in a URL. */
const wellFormed = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed()

function queryOf({ parameters = [] }: Operation, { known }: Surroundings): fc.Arbitrary<string> {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query')
  const pairs = inQuery.map(({ name, schema, required = false }) => {
    const value = mostly<unknown>(validValue(schema, known, name), fc.oneof(awkwardText, anyJson))
    const text = value.map((given) => `${name}=${encodeURIComponent(wellFormed(given))}`)
    return required ? mostly(text, fc.constant('')) : fc.oneof(text, fc.constant(''))
  })
  const odd = fc.oneof(
    fc.constantFrom(
      '=',
      '&&',
      '%',
      '%zz=1',
      'limit',
      'limit=1&limit=2',
      'a[b]=c',
      '__proto__=1',
      `x=${'y'.repeat(6_000)}`,
    ),
    awkwardText.map((text) => encodeURIComponent(wellFormed(text))),
  )
  const usual = fc.tuple(...pairs).map((texts) => texts.filter((text) => text !== '').join('&'))
  return mostly(usual, odd, 20)
}

const oddHeaders: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  {},
  {},
  { origin: 'https://evil.example' },
  { accept: 'text/html' },
  { 'x-forwarded-for': '1.2.3.4, x' },
  { host: 'evil.example' },
  { 'x-http-method-override': 'DELETE' },
  { 'accept-encoding': 'zstd' },
  { range: 'bytes=0-' },
  { 'if-none-match': '*' },
  { 'content-encoding': 'gzip' },
  { 'x-odd': 'ä' },
  { cookie: 'a=b; '.repeat(100) },
]

function headersOf({ security = [] }: Operation, { credentials, badCredentials }: Surroundings) {
  const kinds = security.flatMap((schemes) => Object.keys(schemes))
  const good = kinds.flatMap((kind) => credentials[kind] ?? [])
  const others = [...Object.values(credentials), ...badCredentials]
  const bearer = (text: string) => `Bearer ${text}`
  const authorization = fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...(good.length > 0 ? good : others)).map(bearer) },
    { weight: 2, arbitrary: fc.constantFrom(...others).map(bearer) },
    { weight: 1, arbitrary: printable.map(bearer) },
    {
      weight: 1,
      arbitrary: fc.oneof(printable, fc.constantFrom('', 'Bearer', 'Basic YTpi', `Bearer ${'x'.repeat(4_000)}`)),
    },
  )
  const more = fc.constantFrom<Readonly<Record<string, string>>>(...oddHeaders)
  return fc
    .tuple(mostly<string | undefined>(authorization, fc.constant(undefined), 30), more)
    .map(([text, rest]) => ({ ...rest, ...(text !== undefined && { authorization: text }) }))
}

function bodyOf({ requestBody }: Operation, { known }: Surroundings): fc.Arbitrary<string | Buffer | undefined> {
  const schema: Schema | undefined = requestBody?.content?.['application/json']?.schema
  if (!schema) return mostly<string | Buffer | undefined>(fc.constant(undefined), rubbish)
  const good = validValue(schema, known)
  const text = (value: unknown) => JSON.stringify(value) ?? ''
  return fc.oneof(
    { weight: 10, arbitrary: good.map(text) },
    { weight: 8, arbitrary: spoilt(good).map(text) },
    { weight: 1, arbitrary: anyJson.map(text) },
    { weight: 1, arbitrary: rubbish },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
}

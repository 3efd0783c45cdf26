import { failed, type Parsed, parsed } from '../lib/parsed.ts'
import type { ControlRequest, ControlVerb, TransferRequest } from '../sdk/control.ts'
import { maxStateBytes } from '../sdk/protocol.ts'

type Fields = Readonly<Record<string, unknown>>
type Read<T> = (fields: Fields, field: string) => Parsed<T>

/** Plivo's longest call: 24 hours. */
const longestCallMs = 86_400_000
/** Most that Plivo speaks at once with SSML; without it is kept to the same. */
const maxTextLength = 3000

const text =
  (longest: number, pattern = /[^]/, what = 'must be a text'): Read<string> =>
  (fields, field) => {
    const value = fields[field]
    if (typeof value !== 'string' || value === '') return failed(field, value === undefined ? 'is missing' : what)
    if (value.length > longest) return failed(field, `must have at most ${longest} characters, got ${value.length}`)
    return pattern.test(value) ? parsed(value) : failed(field, `${what}, got ${JSON.stringify(value)}`)
  }

const milliseconds =
  (least: number, most: number): Read<number> =>
  (fields, field) => {
    const value = fields[field]
    if (typeof value === 'number' && value >= least && value <= most) return parsed(value)
    return failed(field, `must be ${least} to ${most} milliseconds, got ${JSON.stringify(value)}`)
  }

const oneOf =
  <T extends string | boolean>(...choices: readonly T[]): Read<T> =>
  (fields, field) => {
    const found = choices.find((choice) => choice === fields[field])
    if (found !== undefined) return parsed(found)
    return failed(field, `must be one of ${choices.join(', ')}, got ${JSON.stringify(fields[field])}`)
  }

const optional =
  <T>(read: Read<T>): Read<T | undefined> =>
  (fields, field) =>
    fields[field] === undefined ? parsed(undefined) : read(fields, field)

type Present<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Reads the members of a request; those that are absent stay absent. */
function members<T extends object>(fields: Fields, shape: { readonly [K in keyof T]: Read<T[K]> }): Parsed<Present<T>> {
  const values: Record<string, unknown> = {}
  for (const [field, read] of Object.entries<Read<unknown>>(shape)) {
    const value = read(fields, field)
    if (!value.ok) return value
    if (value.value !== undefined) values[field] = value.value
  }
  return parsed(values as Present<T>)
}

const webUrl: Read<string> = (fields, field) => {
  const url = text(2048)(fields, field)
  if (!url.ok) return url
  const good = URL.canParse(url.value) && /^https?:$/.test(new URL(url.value).protocol)
  return good ? url : failed(field, `must be an http or https URL, got ${JSON.stringify(url.value)}`)
}

const key = /^[0-9*#]$/
const number = /^\+?[0-9]{2,20}$/
const sipUri = /^sips?:[^\s<>"']{1,200}$/

const destinations: Read<readonly string[]> = (fields, field) => {
  const value = fields[field]
  if (!Array.isArray(value) || value.length === 0) return failed(field, 'must be a list of numbers or sip: URIs')
  if (value.length > 10) return failed(field, `must have at most 10 destinations, got ${value.length}`)
  const wrong: unknown = value.find((one) => typeof one !== 'string' || !(number.test(one) || sipUri.test(one)))
  if (wrong === undefined) return parsed(value as readonly string[])
  return failed(field, `must be a number with country code or a sip: URI, got ${JSON.stringify(wrong)}`)
}

const onFail: Read<TransferRequest['onFail']> = (fields, field) => {
  const value = fields[field]
  if (isFields(value)) {
    const said = text(maxTextLength)(value, 'say')
    return said.ok ? parsed({ say: said.value }) : failed(`${field}.say`, said.problem)
  }
  return oneOf('bot', 'hang-up')(fields, field)
}

const json: Read<string> = (fields, field) => {
  const value = fields[field]
  if (typeof value !== 'string') return failed(field, value === undefined ? 'is missing' : 'must be a text')
  const bytes = Buffer.byteLength(value)
  if (bytes > maxStateBytes) return failed(field, `must have at most ${maxStateBytes} bytes, got ${bytes}`)
  return isJson(value) ? parsed(value) : failed(field, 'must be JSON')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const spokenText = text(maxTextLength)

type Args<V extends ControlVerb> = Omit<Extract<ControlRequest, { verb: V }>, 'verb'>

const readers: { readonly [V in ControlVerb]: (fields: Fields) => Parsed<Args<V>> } = {
  say: (fields) =>
    members(fields, {
      text: spokenText,
      voice: optional(text(50, /^(WOMAN|MAN|Polly\.[A-Za-z-]+)$/, 'must be WOMAN, MAN or Polly.<Name>')),
      language: optional(text(20, /^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$/, 'must be like en-US')),
      ssml: optional(oneOf(true, false)),
    }),
  'play-url': (fields) => members(fields, { url: webUrl }),
  record: (fields) =>
    members(fields, {
      format: oneOf('mp3', 'wav'),
      channels: oneOf('mono', 'stereo'),
      maxMs: milliseconds(1000, longestCallMs),
      save: optional(oneOf(true, false)),
    }),
  'stop-recording': (fields) => members(fields, { url: webUrl, recordingId: text(200), save: oneOf(true, false) }),
  'send-digits': (fields) =>
    members(fields, { digits: text(200, /^[0-9*#A-DwW]+$/, 'must be of 0-9 * # A-D and w, W for waits') }),
  save: (fields) => members(fields, { json }),
  transfer: (fields) =>
    members(fields, {
      to: destinations,
      announce: optional(spokenText),
      acceptKey: optional(text(1, key, 'must be one key of 0-9 * #')),
      ringMs: milliseconds(1000, 600_000),
      maxMs: milliseconds(1000, longestCallMs),
      callerId: optional(text(200)),
      onFail,
      afterwards: oneOf('hang-up', 'bot'),
    }),
  'take-message': (fields) =>
    members(fields, {
      prompt: optional(spokenText),
      maxMs: milliseconds(1000, 14_400_000),
      silenceMs: milliseconds(1000, 600_000),
      until: optional(text(1, key, 'must be one key of 0-9 * #')),
      beep: oneOf(true, false),
    }),
}

/** Reads what a bot asks for. Nothing that a bot says is taken as it is: it becomes XML and requests to the carrier. */
export function parseControlRequest(value: unknown): Parsed<ControlRequest> {
  if (!isFields(value)) return failed('request', 'must be an object')
  const { verb } = value
  if (typeof verb !== 'string' || !isVerb(verb)) return failed('verb', `is none that there is: ${JSON.stringify(verb)}`)
  const args = readers[verb](value)
  return args.ok ? parsed({ verb, ...args.value } as ControlRequest) : args
}

const isVerb = (verb: string): verb is ControlVerb => Object.hasOwn(readers, verb)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

import type { TimelineEvent } from '../simulator/timeline.ts'
import type { EventOf } from '../testing/test-call.ts'
import { type ExpectedStream, type ExpectHangUp, type ExpectLatency, type LatencyName, latencyNames } from './step.ts'

type Events = readonly TimelineEvent[]

/** What is wrong with how a call ended; undefined when nothing is. */
export function checkHangUp(
  { by, cause }: Pick<ExpectHangUp, 'by' | 'cause'>,
  got: { readonly by: string; readonly ended: EventOf<'ended'> },
): string | undefined {
  const { name, cause: rawCause, code, source } = got.ended
  const how = `${name} (${rawCause}, ${code}), by ${source}`
  if (by !== undefined && got.by !== by) return `expected a hang-up by ${by}, not by ${got.by}: ${how}`
  const same = (text: string) => text.toLowerCase() === cause?.trim().toLowerCase()
  if (cause === undefined || [name, rawCause, String(code)].some(same)) return undefined
  return `expected the hang-up cause "${cause}", not ${how}`
}

export const eventFits = (event: TimelineEvent, fields: Readonly<Record<string, string>>): boolean => {
  const values = new Map<string, unknown>(Object.entries(event))
  return Object.entries(fields).every(([name, text]) => {
    const value = values.get(name)
    if (value === undefined) return false
    return typeof value === 'string' ? value.includes(text) : JSON.stringify(value) === text
  })
}

/** What is wrong with the `<Stream>` that came last. */
export function checkStream({ attributes, url }: ExpectedStream, events: Events): string | undefined {
  const element = events.findLast((event) => event.type === 'element' && event.name === 'Stream')
  const got = element?.type === 'element' ? element.attributes : {}
  for (const [name, expected] of Object.entries(attributes)) {
    const value = got[name]
    if (value === undefined) return `expected <Stream ${name}="${expected}">, and it has no ${name}`
    if (plain(value) !== plain(expected)) return `expected <Stream ${name}="${expected}">, not "${value}"`
  }
  const connecting = events.findLast((event) => event.type === 'stream-connecting')
  if (url === undefined || connecting?.url.includes(url)) return undefined
  return `expected a Stream to a URL with "${url}", not to "${connecting?.url ?? 'none'}"`
}

const plain = (text: string) => text.replaceAll(/\s/g, '').toLowerCase()

export type Latencies = Readonly<Record<LatencyName, number | undefined>>

/** In milliseconds; undefined when it has not come to that. */
export function latenciesOf(events: Events): Latencies {
  const at = (type: TimelineEvent['type']) => events.find((event) => event.type === type)?.atMs
  const asked = at('answer-requested')
  const streamSound = events.find((event) => event.type === 'bot-audio-started' && event.source === 'stream')
  const upgrade = events.findLast(
    (event) => event.type === 'stream-connecting' && event.atMs <= (streamSound?.atMs ?? 0),
  )
  return {
    answer: between(asked, at('answered')),
    'first-audio': between(asked, at('bot-audio-started')),
    'stream-to-audio': between(upgrade?.atMs, streamSound?.atMs),
  }
}

const between = (from?: number, to?: number) => (from === undefined || to === undefined ? undefined : to - from)

const latencyWords: Readonly<Record<LatencyName, string>> = {
  answer: 'the answer',
  'first-audio': 'the first sound',
  'stream-to-audio': "the bot's first sound on the stream",
}

export function checkLatency(limits: ExpectLatency['limits'], events: Events): string | undefined {
  const got = latenciesOf(events)
  const problems = latencyNames.flatMap((name) => {
    const [limitMs, ms] = [limits[name], got[name]]
    if (limitMs === undefined || (ms !== undefined && ms <= limitMs)) return []
    const what = ms === undefined ? 'it did not come' : `it took ${Math.round(ms)} ms`
    return [`expected ${latencyWords[name]} within ${limitMs} ms, and ${what}`]
  })
  return problems.length === 0 ? undefined : problems.join('; ')
}

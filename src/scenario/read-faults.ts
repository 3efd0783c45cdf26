import type { Faults, FaultSpan, MediaFaults, WebhookFault } from '../simulator/faults.ts'
import { readChoice, readDuration, readNumber, readShare } from './read-values.ts'
import type { SourceMap, SourceValue } from './source-value.ts'

const distributions = ['uniform', 'normal', 'exponential'] as const
const webhookFaults = ['duplicate', 'late', 'wrong-signature', 'unreachable', 'status', 'slow'] as const

/** What goes wrong on purpose, in the words of a scenario: `loss: 2%`, `stalls: [{ after: 2s, for: 500ms }]`. */
export function readFaults(value: SourceValue): Faults {
  const map = value.map(['seed', 'jitter', 'loss', 'stalls', 'slow_reader', 'cut_socket_after', 'webhooks'])
  const seed = map.attempt('seed', (given) => readNumber(given, { least: 0, most: 2 ** 31 }))
  const media = readMedia(map)
  const slowReader = map.attempt('slow_reader', readSpans)
  const cutSocketAfterMs = map.attempt('cut_socket_after', readDuration)
  const webhooks = map.attempt('webhooks', (given) => given.list('a list of faults').map(readWebhookFault))
  return {
    media,
    ...(seed !== undefined && { seed }),
    ...(slowReader && { slowReader }),
    ...(cutSocketAfterMs !== undefined && { cutSocketAfterMs }),
    ...(webhooks && { webhooks }),
  }
}

function readMedia(map: SourceMap): MediaFaults {
  const jitter = map.attempt('jitter', readJitter)
  const loss = map.attempt('loss', readShare)
  const stalls = map.attempt('stalls', readSpans)
  return { ...(jitter && { jitter }), ...(loss !== undefined && { loss }), ...(stalls && { stalls }) }
}

function readJitter(value: SourceValue): NonNullable<MediaFaults['jitter']> {
  if (!value.isMap) return { ms: readDuration(value) }
  const map = value.map(['by', 'distribution'])
  const ms = map.read('by', readDuration) ?? value.fail('must have "by", such as 40ms')
  const distribution = map.read('distribution', (given) => readChoice(given, distributions))
  return { ms, ...(distribution && { distribution }) }
}

const readSpans = (value: SourceValue): FaultSpan[] =>
  (value.isList ? value.list('a list') : [value]).map((span) => {
    const map = span.map(['after', 'for'])
    const afterMs = map.read('after', readDuration) ?? span.fail('must have "after", such as 2s')
    return { afterMs, ms: map.read('for', readDuration) ?? span.fail('must have "for", such as 500ms') }
  })

function readWebhookFault(value: SourceValue): WebhookFault {
  const map = value.map(['fault', 'by', 'status', 'event', 'url', 'times', 'chance'])
  const fault = map.read('fault', (given) => readChoice(given, webhookFaults)) ?? value.fail('must have "fault"')
  const event = map.read('event', (given) => given.text())
  const url = map.read('url', (given) => given.text('a part of a URL'))
  const times = map.read('times', (given) => readNumber(given, { least: 1, most: 1000 }))
  const chance = map.read('chance', readShare)
  const which = {
    ...(event !== undefined && { event }),
    ...(url !== undefined && { url }),
    ...(times !== undefined && { times }),
    ...(chance !== undefined && { chance }),
  }
  if (map.has('by') && fault !== 'late' && fault !== 'slow') value.fail('has "by", which only late and slow have')
  if (map.has('status') && fault !== 'status') value.fail('has "status", which only the fault status has')
  switch (fault) {
    case 'late':
    case 'slow':
      return { fault, ms: map.read('by', readDuration) ?? value.fail(`must have "by", such as 2s`), ...which }
    case 'status': {
      const status = map.read('status', (given) => readNumber(given, { least: 100, most: 599 }))
      return { fault, status: status ?? value.fail('must have "status", such as 503'), ...which }
    }
    default:
      return { fault, ...which }
  }
}

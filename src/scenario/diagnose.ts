import type { StreamAccount } from '../simulator/line.ts'
import { durationMs } from '../audio/format.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import type { EventOf } from '../testing/test-call.ts'

type Events = readonly TimelineEvent[]

/** A bot that closes its socket sooner has most likely thrown. */
const atOnceMs = 1_500
const longestLine = 120

/** What most likely is wrong with a bot whose scenario failed, in plain words. The call must be over. */
export function diagnose(events: Events, streams: readonly StreamAccount[]): string[] {
  const answer = answerProblem(events)
  if (answer !== undefined) return [answer]
  const stream = streamProblem(events)
  if (stream !== undefined) return [stream, ...messageProblems(events)]
  return [...messageProblems(events), ...silenceProblems(events, streams)]
}

function ofType<Type extends TimelineEvent['type']>(events: Events, type: Type): EventOf<Type>[] {
  return events.filter((event): event is EventOf<Type> => event.type === type)
}

const warnings = (events: Events): string[] => ofType(events, 'warning').map(({ text }) => text)

function answerProblem(events: Events): string | undefined {
  const asked = ofType(events, 'answer-requested').at(-1)
  const failed = warnings(events).find((text) => / URL failed: /.test(text))
  const received = ofType(events, 'answer-received').at(-1)
  if (asked && failed !== undefined) return unreachable(asked, received, failed.replace(/^.* URL failed: /, ''))
  const invalid = warnings(events).find((text) => /^the \S+ XML (?:is|has) /.test(text))
  const over = ofType(events, 'ended').some(({ code }) => code >= 8011 && code <= 8014)
  if (invalid === undefined || !over) return undefined
  return `What the answer URL returned cannot be used: ${invalid}.${quoteLine(invalid, received?.xml ?? '')}`
}

function unreachable(
  { method, url }: EventOf<'answer-requested'>,
  received: EventOf<'answer-received'> | undefined,
  why: string,
): string {
  if (received?.status === 404 || received?.status === 405)
    return `${method} ${url} was answered with HTTP ${received.status}: the server runs, and has no such route. Check the path, and that it takes ${method} ("method" changes it).`
  if (received?.status === 403 || received?.status === 401)
    return `${method} ${url} was answered with HTTP ${received.status}: the bot checks Plivo's signature. Give it and the scenario the same token ("auth_token").`
  if (received)
    return `${method} ${url} was answered with HTTP ${received.status}: look into the log of the bot's server.`
  if (/hang up|ECONNRESET|aborted/.test(why))
    return `${method} ${url}: the server took the connection and broke it off without an answer (${why}): look for an exception in its log.`
  if (/read timeout/.test(why)) return `${method} ${url}: the server took the connection and did not answer: ${why}.`
  return `The answer URL was not reached: ${method} ${url}: ${why}. Does the bot's server run, and is it this host and port?`
}

/** The line of the XML that a place such as `2:14` is on. */
function quoteLine(problem: string, xml: string): string {
  const line = Number(/\b(\d+):\d+\b/.exec(problem)?.[1] ?? Number.NaN)
  const text = (Number.isNaN(line) ? xml.trim().split('\n')[0] : xml.split('\n')[line - 1])?.trim() ?? ''
  if (text === '') return ''
  const short = text.length > longestLine ? `${text.slice(0, longestLine)}…` : text
  return Number.isNaN(line) ? ` It begins: ${short}` : ` Line ${line}: ${short}`
}

function streamProblem(events: Events): string | undefined {
  const received = ofType(events, 'answer-received').at(-1)
  const elements = ofType(events, 'element').map(({ name }) => name)
  const streamless = !elements.some((name) => name === 'Stream' || name === 'Dial')
  if (received && streamless && !/<(?:Stream|Dial)\b/.test(received.xml)) {
    const others = elements.length === 0 ? 'is empty' : `has ${elements.join(', ')}`
    return `The XML has no <Stream>, so no audio goes to a bot: it ${others}.`
  }
  const refused = ofType(events, 'stream-refused').at(-1)
  const connected = ofType(events, 'stream-connected').length > 0
  const url = ofType(events, 'stream-connecting').at(-1)?.url ?? ''
  if (!refused || connected) return closedAtOnce(events)
  if ('error' in refused)
    return `No WebSocket server was reached at ${url}: ${refused.error}. Check host, port and path in the <Stream>.`
  if (refused.status === 401 || refused.status === 403)
    return `The bot refused the WebSocket of ${url} with HTTP ${refused.status}: it checks a token, a signature or the path. If it checks Plivo's signature, give the scenario its "auth_token".`
  return `${url} did not become a WebSocket: HTTP ${refused.status}. Is it the path on which the bot takes WebSockets?`
}

function closedAtOnce(events: Events): string | undefined {
  const started = ofType(events, 'stream-started').at(-1)
  const closed = ofType(events, 'stream-closed').at(-1)
  if (!started || !closed || closed.by === 'plivo' || closed.atMs - started.atMs > atOnceMs) return undefined
  const how = closed.by === 'lost' ? 'without a closing frame' : `with ${closed.code} ${closed.reason}`.trimEnd()
  return `The bot closed its socket ${Math.round(closed.atMs - started.atMs)} ms after the stream began, ${how}: look for an exception in its log. The first message is "start", and audio comes in "media".`
}

/** Kinds of warnings that are a mistake in the bot's messages, and what to do. */
const messageMistakes: readonly (readonly [RegExp, string])[] = [
  [
    /^playAudio was dropped: it is/,
    'The bot sends audio in another format than the stream has, and nobody hears it: let contentType of the <Stream> and of playAudio be the same, rate included.',
  ],
  [
    /has no event "media"/,
    'The bot sends "media": Plivo plays {"event": "playAudio", "media": {"contentType", "sampleRate", "payload"}}.',
  ],
  [/has no event "clear"/, 'The bot sends "clear": Plivo has {"event": "clearAudio", "streamId"}.'],
  [/has no event "mark"/, 'The bot sends "mark": Plivo has {"event": "checkpoint", "streamId", "name"}.'],
  [/it was binary/, 'The bot sends binary frames: Plivo reads text frames with JSON in them.'],
  [/not standard base64/, 'The payload of playAudio is not base64 of raw samples.'],
  [/queue holds at most/, 'The bot sends audio faster than the queue takes it, and the rest is dropped.'],
  [
    /^a message was ignored: (?!it was binary|Plivo has no event)/,
    "The bot sends messages that are none of Plivo's; see the warnings.",
  ],
]

function messageProblems(events: Events): string[] {
  const texts = warnings(events)
  return messageMistakes.flatMap(([pattern, advice]) => (texts.some((text) => pattern.test(text)) ? [advice] : []))
}

function silenceProblems(events: Events, streams: readonly StreamAccount[]): string[] {
  const element = ofType(events, 'element').findLast(({ name }) => name === 'Stream')
  if (!element) return []
  const { bidirectional = 'false', keepCallAlive = 'false' } = element.attributes
  if (bidirectional.toLowerCase() !== 'true')
    return ['The <Stream> is not bidirectional, so nothing that the bot sends is heard: set bidirectional="true".']
  const endOfXml = ofType(events, 'ended').some(({ name }) => name === 'End Of XML Instructions')
  const closedByBot = ofType(events, 'stream-closed').some(({ by }) => by !== 'plivo')
  if (keepCallAlive.toLowerCase() !== 'true' && endOfXml && !closedByBot)
    return ['The call ended with the XML, and the stream with it: set keepCallAlive="true" on the <Stream>.']
  const started = ofType(events, 'stream-started').length > 0
  if (!started || ofType(events, 'bot-audio-started').some(({ source }) => source === 'stream')) return []
  const offeredMs = streams.reduce((sum, { format, offeredBytes }) => sum + durationMs(format, offeredBytes), 0)
  if (offeredMs > 0)
    return [
      `The bot sent ${Math.round(offeredMs)} ms of audio, and none of it can be heard: it is silence, or too quiet.`,
    ]
  return events.some(({ type }) => type === 'warning')
    ? []
    : ['The stream was open, and the bot sent no audio at all: does it answer "media" messages with "playAudio"?']
}

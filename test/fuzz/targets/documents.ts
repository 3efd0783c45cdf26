import { CallEngine } from '../../../src/simulator/index.ts'
import { parseDocument } from '../../../src/simulator/xml-document.ts'
import { TestServer } from '../../simulator-support.ts'
import { damaged } from '../mutations.ts'
import type { Random } from '../random.ts'
import { check, type Target } from '../target.ts'

const atOnce = 20
/** One in so many is run as a call; the rest is only read. */
const runOneIn = 20

/** Random XML: read in memory, and run by the engine as the answer to a call. */
export const documents: Target = {
  name: 'documents',
  side: 'simulator',
  share: 0.05,
  roundCases: 1000,
  async run(random, cases) {
    const toRun: string[] = []
    for (let i = 0; i < cases; i++) {
      const document = xmlDocument(random)
      parseDocument(Buffer.from(document))
      if (i % runOneIn === 0) toRun.push(document)
    }
    const served = [...toRun]
    await using server = await TestServer.start({
      routes: { '/answer': () => ({ body: served.pop() ?? '' }), '/next': () => ({ body: '<Response/>' }) },
      refusals: new Array<number>(1000).fill(403),
    })
    await using engine = new CallEngine({
      authId: 'MAEXAMPLE00000000000',
      authTokens: ['token'],
      assumptions: { speech: 'tones', streamRetryDelayMs: 1, ringAfterMs: 1 },
    })
    for (let i = 0; i < toRun.length; i += atOnce) {
      const calls = toRun
        .slice(i, i + atOnce)
        .map(() => engine.receive({ answerUrl: `${server.url}/answer`, maxDurationMs: 100, maxRecordedMs: 0 }))
      for (const { hangup } of await Promise.all(calls.map(({ ended }) => ended))) {
        check(hangup.code >= 1000, `a call ended with ${hangup.code}`)
      }
    }
    check(engine.liveCalls().length === 0, 'a call is left')
  },
}

function xmlDocument(random: Random): string {
  const elements = Array.from({ length: random.below(5) }, () => element(random, 2)).join(random.pick('', '\n'))
  const document = `${random.pick('', '<?xml version="1.0" encoding="UTF-8"?>')}<Response>${elements}</Response>`
  return random.chance(0.3) ? damaged(random, document) : document
}

const names = ['Speak', 'Play', 'Wait', 'GetDigits', 'GetInput', 'Record', 'Dial', 'Number', 'User', 'Stream'] as const
const more = ['Hangup', 'Redirect', 'PreAnswer', 'DTMF', 'Message', 'Conference', 'MultiPartyCall', 'Say'] as const
const attributes = ['action', 'method', 'timeout', 'numDigits', 'loop', 'length', 'redirect', 'audioTrack'] as const
const others = ['bidirectional', 'keepCallAlive', 'contentType', 'extraHeaders', 'streamTimeout', 'reason'] as const
const rest = ['schedule', 'callerId', 'timeLimit', 'inputType', 'recordSession', 'maxLength', 'async', 'beep'] as const

/** URLs stay on this machine. */
function element(random: Random, depth: number): string {
  const name = random.pick('Speak', ...names, ...more)
  const given = new Set(
    Array.from({ length: random.below(5) }, () => random.pick('loop', ...attributes, ...others, ...rest)),
  )
  const texts = [...given].map((attribute) => ` ${attribute}="${value(random)}"`).join('')
  const inner = depth > 0 && random.chance(0.4) ? element(random, depth - 1) : value(random)
  return `<${name}${texts}>${inner}</${name}>`
}

const value = (random: Random): string =>
  random.pick(
    'http://HOST/next',
    'ws://HOST/s',
    'true',
    'false',
    '1',
    '0',
    '-1',
    '14155550123',
    'audio/x-mulaw;rate=8000',
    'both',
    'hello',
    '1w2',
    'dtmf speech',
    '99999999999',
    '',
    harmless(random.text()),
  )

const harmless = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

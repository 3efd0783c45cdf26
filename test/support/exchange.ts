/** A node, a Plivo with a REST API beside it, and phones that its bots can call. */
import {
  type CallerAction,
  type CallResult,
  PhoneBook,
  type Phones,
  SimulatorServer,
  type SimulatedCall,
  type TimelineEvent,
} from '../../src/simulator/index.ts'
import { LossyApi, type ApiWeather } from './lossy-api.ts'
import { type NodeOptions, startNode, type TestNode } from './node.ts'

export const account = { authId: 'MAEXAMPLE00000000000', authToken: 'the-token-of-the-account' }

interface ExchangeOptions {
  /** What stands in `defineBot(async (call) => { … })`; `say(x)` tells the test. */
  readonly bot?: string
  readonly phones?: Phones
  /** Default true. */
  readonly credentials?: boolean
  readonly weather?: ApiWeather
  readonly node?: NodeOptions
}

export interface Exchange extends AsyncDisposable {
  readonly node: TestNode
  readonly plivo: SimulatorServer
  readonly api: LossyApi
  /** Somebody calls; a call that nobody ends is hung up after a minute. */
  dial(caller?: readonly CallerAction[]): SimulatedCall
  /** What bots told the test so far. */
  readonly told: unknown[]
}

/** The bot's words in a frame; what it tells the test is a line of its output. */
const botAround = (body: string) => `
  import { defineBot } from 'offhook'
  const tell = (value) => console.log('told ' + JSON.stringify(value))
  export default defineBot(async (call) => {
    const failure = ({ name, code, message, fix }) => ({ name, code, message, fix })
    ${body}
  })`

export async function startExchange(options: ExchangeOptions): Promise<Exchange> {
  const { bot, phones = {}, credentials = true, weather = 'fine' } = options
  const parts = new AsyncDisposableStack()
  const { authId, authToken } = account
  const plivo = parts.use(
    await SimulatorServer.start({ account: { authId, authTokens: [authToken] }, phones: new PhoneBook(phones) }),
  )
  const api = parts.use(await LossyApi.start(plivo.url))
  api.weather = weather
  const node = parts.use(
    await startNode({
      ...(bot !== undefined && { bot: botAround(bot) }),
      ...options.node,
      server: {
        plivoAuthTokens: [authToken],
        unsignedWebhooks: 'refuse',
        ...(credentials && { plivoApi: { authId, authToken, baseUrl: api.url } }),
        ...options.node?.server,
      },
    }),
  )
  return {
    node,
    plivo,
    api,
    dial: (caller = []) =>
      plivo.api.switchboard.receive({
        from: '14155550100',
        to: '14155550199',
        answerUrl: node.answerUrl(),
        hangupUrl: `${node.url}/plivo/hangup`,
        caller,
        maxDurationMs: 60_000,
      }),
    get told() {
      return node.log.all(/^told /).map(({ message }) => JSON.parse(message.slice('told '.length)) as unknown)
    },
    [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
  }
}

/** The longest time without a sound that the caller had, in milliseconds, from the answer to the hang-up. */
export function longestSilenceMs({ heard }: CallResult): number {
  const window = heard.sampleRateHz / 50
  let longest = 0
  let silent = 0
  for (let at = 0; at < heard.samples.length; at += window) {
    const loud = heard.samples.subarray(at, at + window).some((sample) => Math.abs(sample) > 100)
    silent = loud ? 0 : silent + 20
    longest = Math.max(longest, silent)
  }
  return longest
}

/** The elements that Plivo was told to run, document by document. */
export const documents = (timeline: readonly TimelineEvent[]): string[] =>
  timeline
    .filter((event) => event.type === 'answer-received')
    .map(({ xml }) =>
      [...xml.matchAll(/<([A-Z]\w*)/g)]
        .map(([, name]) => name)
        .filter((name) => name !== 'Response')
        .join(' '),
    )

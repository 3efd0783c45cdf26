import { AttributeReader } from '../attribute-reader.ts'
import { within, type CallContext } from '../call-context.ts'
import type { SpokenWords } from '../line.ts'
import type { WebhookParameters } from '../webhook-sender.ts'
import type { XmlElement } from '../xml-document.ts'
import { afterAction } from './action.ts'
import { nextElement, type ElementKind } from './element-kind.ts'
import { playPrompt, promptProblem } from './prompt.ts'
import { splitAtKey, TypedKeys } from './typed-keys.ts'

/** Section 6. Nothing is recognised: the words are those of the script's `say-text`. Keys or words, whichever come first. */
export const getInput: ElementKind = {
  attributes: [
    'action',
    'method',
    'redirect',
    'inputType',
    'executionTimeout',
    'startInputTimeout',
    'digitEndTimeout',
    'speechEndTimeout',
    'retries',
    'numDigits',
    'finishOnKey',
    'language',
    'speechModel',
    'hints',
    'profanityFilter',
    'interimSpeechResultsCallback',
    'interimSpeechResultsCallbackMethod',
    'log',
  ],
  check: ({ attributes, children }) =>
    attributes['action'] === undefined ? 'action is missing' : promptProblem(children),
  run: async (element, call) => {
    const settings = readSettings(element, call)
    for (let tries = 0; tries < settings.tries && !call.halted.aborted; tries++) {
      const input = await askOnce(element, settings, call)
      if (input && !call.halted.aborted) return afterAction(element, call, input)
    }
    return nextElement
  },
}

type Settings = ReturnType<typeof readSettings>

function readSettings(element: XmlElement, { timeline, assumptions }: CallContext) {
  const warn = (text: string) => timeline.warn(text)
  const read = new AttributeReader(element, warn)
  const endTimeoutMs = (name: string) =>
    (read.text(name) ?? 'auto') === 'auto'
      ? assumptions.autoEndTimeoutMs
      : Math.min(10, read.whole(name, { least: 2, standard: 2 })) * 1000
  const inputType = read.oneOf('inputType', ['dtmf', 'speech', 'dtmf speech', 'speech dtmf'], 'dtmf speech')
  const executionMs = Math.min(60, read.whole('executionTimeout', { least: 5, standard: 15 })) * 1000
  return {
    takesKeys: inputType.includes('dtmf'),
    takesSpeech: inputType.includes('speech'),
    executionMs,
    startMs: read.whole('startInputTimeout', { least: 1, standard: executionMs / 1000 }) * 1000,
    digitEndMs: endTimeoutMs('digitEndTimeout'),
    speechEndMs: endTimeoutMs('speechEndTimeout'),
    tries: read.whole('retries', { least: 1, standard: 1 }) + (assumptions.retriesCountFirstTry ? 0 : 1),
    numDigits: Math.min(32, read.whole('numDigits', { least: 1, standard: 32 })),
    finishOnKey: read.text('finishOnKey') ?? '#',
    interimUrl: read.webUrl('interimSpeechResultsCallback'),
    interimMethod: read.oneOf('interimSpeechResultsCallbackMethod', ['GET', 'POST'], 'POST'),
  }
}

/** Plays the prompt and returns what `action` is told, or undefined when nothing came. */
async function askOnce(
  { children }: XmlElement,
  settings: Settings,
  call: CallContext,
): Promise<WebhookParameters | undefined> {
  const { line, clock, halted } = call
  const keys = new TypedKeys(call)
  const firstWord = line.words.length
  const typed = () => (settings.takesKeys ? splitAtKey(keys.all, settings.finishOnKey) : nothingTyped)
  const words = () => (settings.takesSpeech ? line.words.slice(firstWord) : [])
  const begun = () => typed().digits !== '' || typed().finished || words().length > 0

  const prompted = new AbortController()
  const watch = line.when(begun, AbortSignal.any([halted, prompted.signal]))
  void watch.then(() => prompted.abort())
  await playPrompt(children, within(call, prompted.signal))
  prompted.abort()

  const startedAt = clock.monotonic()
  const interim = new InterimResults(settings, call)
  await line.when(() => {
    const now = clock.monotonic()
    const spoken = words()
    interim.tell(spoken)
    if (now - startedAt >= settings.executionMs) return true
    if (!begun()) return now - startedAt >= settings.startMs
    if (spoken.length > 0) return isOver(spoken, now, settings.speechEndMs)
    const { digits, finished } = typed()
    return finished || digits.length >= settings.numDigits || keys.quietMs(startedAt) >= settings.digitEndMs
  }, halted)
  return describe(typed().digits.slice(0, settings.numDigits), words(), call)
}

const nothingTyped = { digits: '', finished: false }

function describe(digits: string, words: readonly SpokenWords[], call: CallContext): WebhookParameters | undefined {
  const speech = words.map(({ text }) => text).join(' ')
  if (digits === '' && speech === '') return undefined
  const bySpeech = speech !== ''
  return {
    InputType: bySpeech ? 'speech' : 'dtmf',
    Digits: bySpeech ? '' : digits,
    Speech: speech,
    SpeechConfidenceScore: bySpeech ? String(call.assumptions.speechConfidence) : '0',
    BilledAmount: '0.00000',
  }
}

const isOver = (words: readonly SpokenWords[], now: number, endMs: number): boolean => {
  const endedAt = words.at(-1)?.endedAt
  return endedAt !== undefined && now - endedAt >= endMs
}

/** One callback for each `say-text` that is said: nothing in between is known here. */
class InterimResults {
  readonly #settings: Settings
  readonly #call: CallContext
  #told = 0

  constructor(settings: Settings, call: CallContext) {
    this.#settings = settings
    this.#call = call
  }

  tell(words: readonly SpokenWords[]): void {
    const { interimUrl: url, interimMethod: method } = this.#settings
    const said = words.filter(({ endedAt }) => endedAt !== undefined)
    if (url === undefined || said.length <= this.#told) return
    const parameters = {
      CallUUID: this.#call.facts.callUuid,
      StableSpeech: said.map(({ text }) => text).join(' '),
      UnstableSpeech: '',
      Stability: String(this.#call.assumptions.speechConfidence),
      SequenceNumber: String(this.#told),
    }
    this.#told = said.length
    this.#call.notify({ method, url, parameters }, (result) => ({ type: 'speech-callback', url, ...result }))
  }
}

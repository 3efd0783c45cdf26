import { tone } from '../../audio/tone.ts'
import { AttributeReader } from '../attribute-reader.ts'
import { telephoneRateHz } from '../audio-track.ts'
import { within, type CallContext } from '../call-context.ts'
import { fetchAudio } from '../fetched-audio.ts'
import type { XmlElement } from '../xml-document.ts'
import { afterAction } from './action.ts'
import { nextElement, type ElementKind } from './element-kind.ts'
import { playPrompt, promptProblem } from './prompt.ts'
import { splitAtKey, TypedKeys } from './typed-keys.ts'

const beep = {
  samples: tone({ frequencyHz: 1000, durationMs: 200, sampleRateHz: telephoneRateHz }),
  sampleRateHz: telephoneRateHz,
}

/** Section 6. The prompt ends at the first key; without any after all tries, the next element runs. */
export const getDigits: ElementKind = {
  attributes: [
    'action',
    'method',
    'redirect',
    'timeout',
    'digitTimeout',
    'numDigits',
    'retries',
    'finishOnKey',
    'playBeep',
    'validDigits',
    'invalidDigitsSound',
    'log',
  ],
  check: ({ children }) => promptProblem(children),
  run: async (element, call) => {
    const settings = readSettings(element, call)
    for (let tries = 0; tries < settings.tries && !call.halted.aborted; tries++) {
      const digits = await askOnce(element, settings, call)
      if (call.halted.aborted || digits === '') continue
      const valid = digits.split('').every((digit) => settings.validDigits.includes(digit))
      if (valid) return afterAction(element, call, { Digits: digits })
      await complain(settings.invalidDigitsSound, call)
    }
    return nextElement
  },
}

type Settings = ReturnType<typeof readSettings>

function readSettings(element: XmlElement, { timeline, assumptions }: CallContext) {
  const read = new AttributeReader(element, (text) => timeline.warn(text))
  return {
    timeoutMs: read.whole('timeout', { least: 1, standard: 5 }) * 1000,
    digitTimeoutMs: read.whole('digitTimeout', { least: 1, standard: 2 }) * 1000,
    numDigits: read.whole('numDigits', { least: 1, standard: 99 }),
    tries: read.whole('retries', { least: 1, standard: 1 }) + (assumptions.retriesCountFirstTry ? 0 : 1),
    finishOnKey: read.text('finishOnKey') ?? '#',
    playBeep: read.boolean('playBeep', false),
    validDigits: read.text('validDigits') ?? '1234567890*#',
    invalidDigitsSound: read.webUrl('invalidDigitsSound'),
  }
}

/** Plays the prompt and returns what is typed; empty when it is nothing. */
async function askOnce({ children }: XmlElement, settings: Settings, call: CallContext): Promise<string> {
  const { line, clock, halted } = call
  const keys = new TypedKeys(call)
  const prompted = new AbortController()
  const watch = line.when(() => keys.all !== '', AbortSignal.any([halted, prompted.signal]))
  void watch.then(() => prompted.abort())
  const prompt = within(call, prompted.signal)
  await playPrompt(children, prompt)
  if (settings.playBeep && !prompt.halted.aborted) await line.announce(beep, prompt.halted)
  prompted.abort()

  const startedAt = clock.monotonic()
  const { timeoutMs, digitTimeoutMs, finishOnKey, numDigits } = settings
  await line.when(() => {
    const { digits, finished } = splitAtKey(keys.all, finishOnKey)
    const patienceMs = digits === '' ? timeoutMs : digitTimeoutMs
    return finished || digits.length >= numDigits || keys.quietMs(startedAt) >= patienceMs
  }, halted)
  return splitAtKey(keys.all, finishOnKey).digits.slice(0, numDigits)
}

async function complain(url: string | undefined, call: CallContext): Promise<void> {
  if (url === undefined) return
  const audio = await fetchAudio(url, call, call.halted)
  if (audio) await call.line.announce(audio, call.halted)
}

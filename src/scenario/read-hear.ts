import { messageOf } from '../lib/errors.ts'
import { Prompt } from '../testing/prompt.ts'
import { parseDuration, readDuration, readNumber, readWavFile } from './read-values.ts'
import { readSpoken, spokenFields } from './read-spoken.ts'
import type { SourceValue } from './source-value.ts'
import type { Step } from './step.ts'

const frequencies = { least: 100, most: 3800 }
const defaultWithinMs = 5_000
const defaultToneMs = 100

const forms = 'a WAV file, "anything", "tone 1000" or "silence for 2s", each with "within 5s" if wanted'

/** `hear: welcome.wav`, `hear: anything within 3s`, `hear: { tone: 1000, within: 5s }`. */
export function readHear(value: SourceValue): Step {
  return value.isMap ? readHearMap(value) : readHearText(value)
}

function readHearText(value: SourceValue): Step {
  const text = value.text(forms)
  const [, what = '', within] = /^(.*?)(?:\s+within\s+(\S+))?$/s.exec(text.trim()) ?? []
  const withinMs = within === undefined ? undefined : (parseDuration(within) ?? value.fail(unitless('within', within)))
  if (what === 'anything') return { do: 'hear-anything', withinMs: withinMs ?? defaultWithinMs }
  if (what === 'silence') return value.fail('needs a time: "silence for 2s"')
  const [, quiet] = /^silence for (\S+)$/.exec(what) ?? []
  if (quiet !== undefined) {
    const ms = parseDuration(quiet) ?? value.fail(unitless('silence for', quiet))
    return { do: 'hear-silence', ms, withinMs: withinMs ?? 0 }
  }
  const [, tone] = /^tone (\d+)\s*(?:hz)?$/i.exec(what) ?? []
  if (tone !== undefined) {
    const frequencyHz = Number(tone)
    if (frequencyHz < frequencies.least || frequencyHz > frequencies.most)
      value.fail(`must be a tone from ${frequencies.least} to ${frequencies.most} Hz, got ${tone}`)
    return { do: 'hear-tone', frequencyHz, forMs: defaultToneMs, withinMs: withinMs ?? defaultWithinMs }
  }
  if (!/\.wav$/i.test(what)) value.fail(`must be ${forms}; got "${text}"`)
  return { do: 'hear-audio', audio: readPrompt(value, what), withinMs: withinMs ?? defaultWithinMs }
}

const unitless = (word: string, got: string) =>
  `must have a time with its unit after "${word}", such as 2s, got "${got}"`

function readHearMap(value: SourceValue): Step {
  const map = value.map(['file', ...spokenFields, 'tone', 'silence', 'anything', 'for', 'within'])
  const kinds = ['file', 'text', 'tone', 'silence', 'anything'].filter((kind) => map.has(kind))
  if (kinds.length !== 1) value.fail('must have one of file, text, tone, silence and anything')
  const withinMs = map.read('within', readDuration)
  if (map.has('for') && !map.has('tone')) value.fail('has a "for", which only a tone has')
  const audio = map.read('file', (path) => readPrompt(path, path.text('a WAV file'))) ?? readSpoken(map)
  if (audio !== undefined) return { do: 'hear-audio', audio, withinMs: withinMs ?? defaultWithinMs }
  const ms = map.read('silence', readDuration)
  if (ms !== undefined) return { do: 'hear-silence', ms, withinMs: withinMs ?? 0 }
  const frequencyHz = map.read('tone', readFrequency)
  if (frequencyHz === undefined) return { do: 'hear-anything', withinMs: withinMs ?? defaultWithinMs }
  const forMs = map.read('for', readDuration) ?? defaultToneMs
  return { do: 'hear-tone', frequencyHz, forMs, withinMs: withinMs ?? defaultWithinMs }
}

export const readFrequency = (value: SourceValue): number => readNumber(value, frequencies, 'Hz')

function readPrompt(value: SourceValue, path: string): string {
  const { file, audio } = readWavFile(value, path)
  try {
    void new Prompt(path, audio)
  } catch (error) {
    value.fail(messageOf(error))
  }
  return file
}

import { telephoneRateHz } from '../simulator/audio-track.ts'
import { tone } from '../audio/tone.ts'
import { readExpect, readExpectDigits, readExpectEvent, readExpectHangUp, readExpectLatency } from './read-expect.ts'
import { readFrequency, readHear } from './read-hear.ts'
import { readSpoken, spokenFields } from './read-spoken.ts'
import { readDuration, readKeys, readNumber, readWavFile } from './read-values.ts'
import type { SourceValue } from './source-value.ts'
import type { PlacedStep, Step } from './step.ts'
import { plainKey, suggestion } from './suggestion.ts'

const defaultToneMs = 500
const defaultToneDbfs = -12
const defaultQuietMs = 700
const longestQuietMs = 60_000

/** What can stand after `- `. */
const readers: Readonly<Record<string, (value: SourceValue) => Step>> = {
  hear: readHear,
  press: (value) => ({ do: 'press', digits: readKeys(value) }),
  say: readSay,
  'say-tone': readSayTone,
  wait: (value) => ({ do: 'wait', ms: readDuration(value) }),
  'wait-for-quiet': readWaitForQuiet,
  'hang-up': (value) => (value.isEmpty ? { do: 'hang-up' } : value.fail('takes nothing')),
  'expect-hang-up': readExpectHangUp,
  'expect-digits': readExpectDigits,
  'expect-latency': readExpectLatency,
  'expect-event': readExpectEvent,
  expect: readExpect,
}

const names = Object.keys(readers)
/** Those that mean something without a value. */
const bare: Readonly<Record<string, Step>> = {
  'hang-up': { do: 'hang-up' },
  'expect-hang-up': { do: 'expect-hang-up', withinMs: 5_000 },
  'wait-for-quiet': { do: 'wait-for-quiet', ms: defaultQuietMs, withinMs: longestQuietMs },
}

export function readStep(value: SourceValue): PlacedStep {
  return { line: value.place.line, text: value.excerpt, step: value.isMap ? readEntry(value) : readBare(value) }
}

function readBare(value: SourceValue): Step {
  const text = value.text(`a step: one of ${names.join(', ')}`)
  const name = plainKey(text)
  const known = Object.hasOwn(readers, name)
  return bare[name] ?? value.fail(known ? `needs a value: "${text}: …"` : unknown(text.replace(/\s.*$/s, '')))
}

function readEntry(value: SourceValue): Step {
  const { name, value: argument } = value.entry(names, 'a step')
  const key = plainKey(name)
  const read = Object.hasOwn(readers, key) ? readers[key] : undefined
  return read ? read(argument) : value.fail(unknown(name))
}

const unknown = (name: string) => `has no step "${name}"${suggestion(name, names)}; there is: ${names.join(', ')}`

/** `say: hello.wav`, or with `file`, or with `text`, `voice` and `language`. */
function readSay(value: SourceValue): Step {
  const read = (file: SourceValue) => readWavFile(file, file.text('a WAV file')).audio
  if (!value.isMap) return { do: 'say', audio: read(value) }
  const map = value.map(['file', ...spokenFields])
  const [audio, spoken] = [map.read('file', read), readSpoken(map)]
  if ((audio === undefined) === (spoken === undefined)) value.fail('must have one of file and text')
  return { do: 'say', audio: audio ?? spoken ?? value.fail('must have one of file and text') }
}

/** `say-tone: 1000`, or with `frequency`, `for` and `level`. */
function readSayTone(value: SourceValue): Step {
  const map = value.isMap ? value.map(['frequency', 'for', 'level']) : undefined
  const frequencyHz = map ? map.read('frequency', readFrequency) : readFrequency(value)
  if (frequencyHz === undefined) value.fail('must have "frequency"')
  const durationMs = map?.read('for', readDuration) ?? defaultToneMs
  const levelDbfs = map?.read('level', (level) => readNumber(level, { least: -60, most: 0 }, 'dBFS')) ?? defaultToneDbfs
  const sampleRateHz = telephoneRateHz
  return { do: 'say', audio: { samples: tone({ frequencyHz, durationMs, sampleRateHz, levelDbfs }), sampleRateHz } }
}

/** `wait-for-quiet: 700ms`, or with `for` and `within`. */
function readWaitForQuiet(value: SourceValue): Step {
  if (!value.isMap)
    return { do: 'wait-for-quiet', ms: value.isEmpty ? defaultQuietMs : readDuration(value), withinMs: longestQuietMs }
  const map = value.map(['for', 'within'])
  return {
    do: 'wait-for-quiet',
    ms: map.read('for', readDuration) ?? defaultQuietMs,
    withinMs: map.read('within', readDuration) ?? longestQuietMs,
  }
}

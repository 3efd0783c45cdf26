import { expect, test } from 'vitest'
import { tone } from '../../audio/tone.ts'
import { encodeWav } from '../../audio/wav.ts'
import { readScript } from './caller-script-json.ts'

const samples = tone({ frequencyHz: 440, durationMs: 100, sampleRateHz: 16_000 })
const wav = Buffer.from(encodeWav(samples, 16_000)).toString('base64')

test('every action can be written as JSON', () => {
  const script = [
    { do: 'wait-for-audio', timeout_ms: 5000 },
    { do: 'wait-for-quiet', ms: 700, timeout_ms: 60_000 },
    { do: 'speak', wav },
    { do: 'press', digits: '12#' },
    { do: 'wait', ms: 0 },
    { do: 'wait-for-quiet' },
    { do: 'hang-up' },
  ]
  expect(readScript(script, 'caller')).toEqual([
    { do: 'wait-for-audio', timeoutMs: 5000 },
    { do: 'wait-for-quiet', ms: 700, timeoutMs: 60_000 },
    { do: 'speak', audio: expect.objectContaining({ samples, sampleRateHz: 16_000 }) },
    { do: 'press', digits: '12#' },
    { do: 'wait', ms: 0 },
    { do: 'wait-for-quiet' },
    { do: 'hang-up' },
  ])
  expect(readScript(undefined, 'caller')).toEqual([])
})

test('a text is murmured as long as it would take to say', () => {
  const [action] = readScript([{ do: 'speak', text: 'x'.repeat(30) }], 'caller')
  expect(action).toMatchObject({ do: 'speak', audio: { sampleRateHz: 8000 } })
  expect(action?.do === 'speak' && action.audio.samples.length).toBe(16_000)
})

test.each([
  ['x', 'caller parameter must be a list of at most 1000'],
  [['x'], 'caller[0] parameter must be an object'],
  [[{}], 'caller[0].do parameter is missing'],
  [[{ do: 'sing' }], /^caller\[0\]\.do parameter must be one of speak, /],
  [[{ do: 'wait' }], 'caller[0].ms parameter is missing'],
  [[{ do: 'wait', ms: 1 }, { do: 'speak' }], 'caller[1].text parameter is missing'],
  [[{ do: 'speak', wav: 'AAAA' }], /^caller\[0\]\.wav parameter: /],
  [[{ do: 'press', digits: 'w' }], /^caller\[0\]\.digits parameter must be/],
  [[{ do: 'wait', ms: {} }], /^caller\[0\]\.ms parameter must be/],
])('%j is refused: %s', (script, message) => {
  expect(() => readScript(script, 'caller')).toThrow(message)
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMulaw, encodeMulaw } from '../audio/mulaw.ts'
import { resample } from '../audio/resample.ts'
import { tone } from '../audio/tone.ts'
import { parseWav } from '../audio/wav.ts'
import { Prompt, type PromptMatch } from './prompt.ts'

const folder = 'examples/prompts'
const rateHz = 8000

function read(path: string): Int16Array {
  const wav = parseWav(readFileSync(path))
  if (!wav.ok) throw new Error(`${path}: ${wav.problem}`)
  return wav.value.samples
}

const recordings = readdirSync(folder)
  .filter((name) => name.endsWith('.wav'))
  .map((name) => ({ name, samples: read(join(folder, name)) }))
const prompts = recordings.map(({ name, samples }) => new Prompt(name, { samples, sampleRateHz: rateHz }))
const speech = read('examples/callers/hello.wav')

const scaled = (samples: Int16Array, db: number) => samples.map((sample) => sample * 10 ** (db / 20))
const coded = (samples: Int16Array) => decodeMulaw(encodeMulaw(samples))

/** A second of faint noise, then the pieces one after another, then silence. */
function line(leadSamples: number, ...pieces: readonly Int16Array[]): Int16Array {
  const length = pieces.reduce((sum, piece) => sum + piece.length, leadSamples + rateHz)
  const samples = new Int16Array(length)
  for (let i = 0; i < leadSamples; i++) samples[i] = (i * 7919) % 17
  let at = leadSamples
  for (const piece of pieces) {
    samples.set(piece, at)
    at += piece.length
  }
  return samples
}

const added = (one: Int16Array, other: Int16Array, at: number) =>
  one.map((sample, i) => Math.max(-32_768, Math.min(32_767, sample + (other[i - at] ?? 0))))

/** What each of the prompts is found to be in some audio. */
const recognised = (audio: Int16Array) =>
  prompts.flatMap((prompt) => prompt.findAll(audio).map((match) => ({ name: prompt.name, ...match })))

/** By index, so that a counterexample can be read. */
const anyRecording = fc.nat({ max: recordings.length - 1 })
const recordingOf = (index: number) => recordings[index] ?? { name: 'none', samples: new Int16Array() }
const anyLead = fc.integer({ min: 0, max: 2 * rateHz })

describe('each of the prompts is recognised as itself and as none of the others', () => {
  const onlyWhole = (name: string, found: readonly ({ name: string } & PromptMatch)[]) =>
    expect(found).toMatchObject([{ name, whole: true }])

  test('there are seven of them', () => expect(recordings).toHaveLength(7))

  test.each(recordings)('$name, as it is', ({ name, samples }) => onlyWhole(name, recognised(line(rateHz, samples))))

  test('after mu-law coding, at other levels, anywhere', () => {
    const property = fc.property(anyRecording, anyLead, fc.integer({ min: -20, max: 0 }), (index, lead, db) => {
      const { name, samples } = recordingOf(index)
      onlyWhole(name, recognised(line(lead, coded(scaled(samples, db)))))
    })
    fc.assert(property, { seed: 20_261_123, numRuns: 25 })
  })

  test('by way of 16 kHz', () => {
    for (const { name, samples } of recordings) {
      const audio = resample(coded(resample(samples, rateHz, 16_000)), 16_000, rateHz)
      onlyWhole(name, recognised(line(100, audio)))
    }
  })

  test('when the prompt is a file of 24 kHz', () => {
    for (const { name, samples } of recordings) {
      const prompt = new Prompt(name, { samples: resample(samples, rateHz, 24_000), sampleRateHz: 24_000 })
      expect(prompt.findAll(line(777, coded(samples)))).toMatchObject([{ whole: true }])
    }
  })

  test('with speech over it, 6 dB below', () => {
    const property = fc.property(anyRecording, fc.integer({ min: 0, max: rateHz }), (index, at) => {
      const { name, samples } = recordingOf(index)
      onlyWhole(name, recognised(added(line(rateHz, coded(scaled(samples, -10))), scaled(speech, -16), at)))
    })
    fc.assert(property, { seed: 4711, numRuns: 10 })
  })

  test('with a gap of up to 200 ms in it, where a bot stuttered', () => {
    const property = fc.property(anyRecording, fc.integer({ min: 20, max: 200 }), (index, gapMs) => {
      const { name, samples } = recordingOf(index)
      const middle = Math.round(samples.length / 2)
      const gap = new Int16Array((gapMs * rateHz) / 1000)
      const pieces = [samples.subarray(0, middle), gap, samples.subarray(middle)]
      onlyWhole(name, recognised(line(rateHz, ...pieces)))
    })
    fc.assert(property, { seed: 815, numRuns: 10 })
  })
})

test('a prompt that was cut in by speech is recognised up to there, and not as whole', () => {
  const property = fc.property(anyRecording, fc.integer({ min: 40, max: 80 }), (index, percent) => {
    // Without the silence around it.
    const { name, samples } = prompts[index] ?? { name: 'none', samples: new Int16Array() }
    const cut = Math.round((samples.length * percent) / 100)
    const found = recognised(line(rateHz, coded(scaled(samples.subarray(0, cut), -10)), speech))
    expect(found).toMatchObject([{ name, whole: false }])
    const heardMs = ((found[0]?.end ?? 0) - rateHz) / 8
    // A piece is 200 ms; what is quiet before the cut does not count.
    expect(heardMs).toBeLessThanOrEqual(cut / 8 + 200)
    expect(heardMs).toBeGreaterThanOrEqual(cut / 8 - 800)
  })
  fc.assert(property, { seed: 1969, numRuns: 25 })
})

test('nothing is recognised in speech, silence, noise and tones', () => {
  expect(recognised(line(rateHz, speech))).toEqual([])
  expect(recognised(new Int16Array(3 * rateHz))).toEqual([])
  expect(
    recognised(
      line(
        0,
        Int16Array.from({ length: 24_000 }, (_, i) => ((i * 48_271) % 20_011) - 10_000),
      ),
    ),
  ).toEqual([])
  const beep = tone({ frequencyHz: 300, durationMs: 2000, sampleRateHz: rateHz })
  expect(recognised(line(rateHz, beep))).toEqual([])
})

test('prompts with the same beginning are told apart', () => {
  const [head, one, other] = [recordings[0], recordings[1], recordings[2]].map((recording) =>
    (recording?.samples ?? speech).subarray(0, 1.5 * rateHz),
  )
  if (!head || !one || !other) throw new Error('there are seven')
  const both = (tail: Int16Array) => ({ samples: line(0, head, tail), sampleRateHz: rateHz })
  const first = new Prompt('first', both(one))
  const second = new Prompt('second', both(other))
  const audio = line(rateHz, head, one)
  expect(first.findAll(audio)).toMatchObject([{ whole: true }])
  expect(second.findAll(audio)).toMatchObject([{ whole: false }])
})

test('a prompt is found where it begins, to the sample, however often', () => {
  const samples = recordings[3]?.samples ?? speech
  const prompt = new Prompt('joke', { samples, sampleRateHz: rateHz })
  const starts = prompt.findAll(line(1000, samples, new Int16Array(4000), samples)).map(({ start }) => start)
  const [first = 0, second = 0] = starts
  expect(starts).toHaveLength(2)
  expect(second - first).toBe(samples.length + 4000)
})

test('a prompt that nobody could hear is refused', () => {
  expect(() => new Prompt('x.wav', { samples: new Int16Array(8000), sampleRateHz: 8000 })).toThrow(
    'x.wav holds nothing that can be heard',
  )
})

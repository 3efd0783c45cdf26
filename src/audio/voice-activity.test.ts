import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, durationMs, frameMs, l16At16k, l16At8k, mulaw8k, type AudioFormat } from './format.ts'
import { amplitudeOf, rmsDbfs } from './level.ts'
import { resample } from './resample.ts'
import { dtmfTone, silence, tone } from './tone.ts'
import { fromPcm16 } from './transcode.ts'
import { VoiceActivity } from './voice-activity.ts'
import { parseWav } from './wav.ts'

const recording = (path: string): Int16Array => {
  const wav = parseWav(readFileSync(new URL(`../../examples/${path}`, import.meta.url)))
  if (!wav.ok) throw new Error(`${path}: ${wav.field} ${wav.problem}`)
  return wav.value.samples
}
const hello = recording('callers/hello.wav')
const callers = ['callers/hello.wav', 'prompts/hours.wav', 'prompts/joke.wav', 'prompts/goodbye.wav'].map(recording)

const join = (...parts: Int16Array[]): Int16Array => Int16Array.from(parts.flatMap((part) => [...part]))
const mix = (a: Int16Array, b: Int16Array): Int16Array => a.map((sample, i) => sample + (b[i] ?? 0))
const quiet = (ms: number): Int16Array => silence(ms, 8000)

/** White noise, the same every time: a linear congruential generator. */
const noise = (ms: number, levelDbfs: number): Int16Array => {
  let state = 1
  // A uniform spread of this half-width has the RMS of a sine of that amplitude.
  const halfWidth = amplitudeOf(levelDbfs) * Math.sqrt(3 / 2)
  return quiet(ms).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return halfWidth * (state / 2 ** 31 - 1)
  })
}

/** What is told and after how many milliseconds of 8 kHz audio, pushed in frames. */
const listen = (samples: Int16Array, format: AudioFormat = mulaw8k, options = {}): { ms: number; change: string }[] => {
  const audio = fromPcm16(resample(samples, 8000, format.sampleRateHz), format)
  const activity = new VoiceActivity(format, options)
  const frameBytes = bytesOf(format, frameMs)
  const changes = []
  for (let offset = 0; offset < audio.length; offset += frameBytes) {
    const change = activity.push(audio.subarray(offset, offset + frameBytes))
    if (change !== undefined) changes.push({ ms: durationMs(format, offset + frameBytes), change })
  }
  return changes
}
const changesOf = (samples: Int16Array): string[] => listen(samples).map(({ change }) => change)

/** When the first and the last 20 ms of real sound end. */
const spanMs = (samples: Int16Array): [first: number, last: number] => {
  const loud = []
  for (let i = 0; i + 160 <= samples.length; i += 160) if (rmsDbfs(samples.subarray(i, i + 160)) > -40) loud.push(i)
  return [(loud.at(0) ?? 0) / 8 + frameMs, (loud.at(-1) ?? 0) / 8 + frameMs]
}

describe('VoiceActivity', () => {
  it.each([mulaw8k, l16At8k, l16At16k])('hears speech within 200 ms of $encoding at $sampleRateHz Hz', (format) => {
    for (const speech of callers) {
      const [firstMs, lastMs] = spanMs(speech)
      const changes = listen(join(quiet(1000), speech, quiet(1000)), format)
      expect(changes.map(({ change }) => change)).toEqual(['speech.started', 'speech.ended'])
      expect(changes[0]?.ms).toBeLessThanOrEqual(1000 + firstMs + 200)
      expect(changes[1]?.ms).toBeGreaterThanOrEqual(1000 + lastMs + 480)
      expect(changes[1]?.ms).toBeLessThanOrEqual(1000 + lastMs + 540)
    }
  })

  it('hears speech over line noise, and its end', () => {
    const line = noise(8000, -45)
    expect(changesOf(mix(line, join(quiet(1000), hello)))).toEqual(['speech.started', 'speech.ended'])
  })

  it('starts no sooner than startMs and ends no sooner than endMs', () => {
    const speech = join(quiet(1000), hello, quiet(2000))
    const [usual, patient] = [listen(speech), listen(speech, mulaw8k, { startMs: 200, endMs: 1000 })]
    expect(patient[0]?.ms).toBeGreaterThan(usual[0]?.ms ?? 0)
    expect((patient[1]?.ms ?? 0) - (usual.at(-1)?.ms ?? 0)).toBe(500)
  })

  it.each([
    ['silence', quiet(5000)],
    ['line noise at −45 dBFS', noise(5000, -45)],
    ['noise at −30 dBFS that appears', join(quiet(1000), noise(5000, -30))],
    ['a click of 20 ms', join(quiet(1010), noise(20, -6), quiet(1000))],
    ['a click every 100 ms', join(...Array.from({ length: 50 }, () => join(noise(20, -6), quiet(80))))],
    ['a key tone', join(quiet(1010), dtmfTone('5', 300, 8000), quiet(1000))],
    ...[50, 60, 100, 440].map((frequencyHz): [string, Int16Array] => [
      `a hum of ${frequencyHz} Hz that appears`,
      join(quiet(1013), tone({ frequencyHz, durationMs: 10_000, sampleRateHz: 8000, levelDbfs: -20 })),
    ]),
  ])('does not take %s for speech', (_, samples) => {
    expect(changesOf(samples)).toEqual([])
  })

  it('hears the end of speech although a hum has come to stay', () => {
    const hum = join(quiet(2000), tone({ frequencyHz: 100, durationMs: 15_000, sampleRateHz: 8000, levelDbfs: -25 }))
    const changes = changesOf(mix(hum, join(quiet(500), hello)))
    expect(changes).toEqual(['speech.started', 'speech.ended'])
  })

  it('tells whether somebody speaks now', () => {
    const activity = new VoiceActivity(l16At8k)
    expect(activity.speaking).toBe(false)
    activity.push(fromPcm16(hello, l16At8k))
    expect(activity.speaking).toBe(true)
    activity.push(fromPcm16(quiet(500), l16At8k))
    expect(activity.speaking).toBe(false)
  })

  it('tells only of what has changed by the end of a push', () => {
    const activity = new VoiceActivity(mulaw8k)
    expect(activity.push(fromPcm16(join(quiet(500), hello, quiet(1000)), mulaw8k))).toBeUndefined()
  })

  it.each([mulaw8k, l16At16k])('hears the same however $encoding is cut, even within a sample', (format) => {
    const audio = fromPcm16(resample(hello, 8000, format.sampleRateHz), format)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4000 })), (sizes) => {
        const [cut, whole] = [new VoiceActivity(format), new VoiceActivity(format)]
        let end = 0
        for (const size of sizes) cut.push(audio.subarray(end, (end += size)))
        whole.push(audio.subarray(0, end))
        expect(cut.speaking).toBe(whole.speaking)
      }),
    )
  })
})

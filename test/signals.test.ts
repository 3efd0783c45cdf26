import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { rmsDbfs } from '../src/audio/level.ts'
import { resample } from '../src/audio/resample.ts'
import { parseWav } from '../src/audio/wav.ts'
import type { CallResult } from '../src/simulator/index.ts'
import { startNode } from './support/node.ts'
import { extentMs, simulate } from './support/simulated.ts'

type Pcm = CallResult['heard']

function readWav(path: string): Pcm {
  const wav = parseWav(readFileSync(path))
  if (!wav.ok) throw new Error(`${path}: ${wav.problem}`)
  const { samples, sampleRateHz } = wav.value
  return { samples: resample(samples, sampleRateHz, 8000), sampleRateHz: 8000 }
}

const windowMs = 20

interface Loudness {
  readonly atMs: number
  readonly dbfs: number
}

/** How loud each 20 ms are, without those in which nothing is heard: what comes late on a busy machine has pauses. */
function envelopeOf({ samples, sampleRateHz }: Pcm): Loudness[] {
  const window = (sampleRateHz * windowMs) / 1000
  const all = Array.from({ length: Math.floor(samples.length / window) }, (_, i) => ({
    atMs: i * windowMs,
    dbfs: rmsDbfs(samples.subarray(i * window, (i + 1) * window)),
  }))
  return all.filter(({ dbfs }) => dbfs > -60)
}

/** Pearson's, of `b` and as much of `a` from `at` on. */
function correlation(a: readonly number[], at: number, b: readonly number[]): number {
  const part = a.slice(at, at + b.length)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(part), mean(b)]
  let [product, squareA, squareB] = [0, 0, 0]
  for (const [i, value] of b.entries()) {
    const x = (part[i] ?? -60) - meanA
    const y = value - meanB
    product += x * y
    squareA += x * x
    squareB += y * y
  }
  return product / (Math.sqrt(squareA * squareB) || 1)
}

/** Where in `heard` something is heard that sounds like `wanted`, in milliseconds; undefined: nowhere. */
function find(heard: Pcm, wanted: Pcm, fromMs = 0): number | undefined {
  const needle = envelopeOf(wanted)
  const haystack = envelopeOf(heard).map(({ atMs, dbfs }) => ({ atMs: atMs - (needle[0]?.atMs ?? 0), dbfs }))
  const levels = haystack.map(({ dbfs }) => dbfs)
  const wantedLevels = needle.map(({ dbfs }) => dbfs)
  let best = { atMs: 0, likeness: 0 }
  for (const [at, { atMs }] of haystack.entries()) {
    if (atMs < fromMs || at + needle.length / 2 >= haystack.length) continue
    const likeness = correlation(levels, at, wantedLevels)
    if (likeness > best.likeness) best = { atMs, likeness }
  }
  return best.likeness > 0.8 ? best.atMs : undefined
}

const msOf = ({ samples, sampleRateHz }: Pcm) => (samples.length / sampleRateHz) * 1000
const prompt = (name: string) => readWav(`examples/prompts/${name}.wav`)

test('prompts that are alike only in length are told from each other', () => {
  expect(find(prompt('hours'), prompt('hours'))).toBe(0)
  for (const other of ['address', 'joke', 'goodbye', 'not-understood']) {
    expect(find(prompt(other), prompt('hours'))).toBeUndefined()
  }
})

test('the front desk greets, answers a key, repeats what the caller says, and hangs up when it is told to', async () => {
  await using node = await startNode({ agents: [{ name: 'bot', file: 'examples/front-desk.ts' }] })
  const hello = readWav('examples/callers/hello.wav')
  const quiet = { do: 'wait-for-quiet', ms: 900, timeoutMs: 30_000 } as const
  const result = await simulate({
    answerUrl: node.answerUrl(),
    caller: [
      { do: 'wait-for-audio' },
      { do: 'wait', ms: 3000 },
      { do: 'press', digits: '1' },
      quiet,
      { do: 'speak', audio: hello },
      quiet,
      { do: 'press', digits: '#' },
    ],
  })
  const { heard, said } = result
  const [one, hash] = result.all('pressed').map((event) => result.position(event))
  if (one === undefined || hash === undefined) throw new Error('two keys were to be pressed')

  const welcome = find(heard, prompt('welcome'))
  expect(welcome).toBeLessThan(one)
  const hours = find(heard, prompt('hours'), one - windowMs)
  expect(hours).toBeGreaterThanOrEqual(one - windowMs)
  // The menu before it was cut short.
  expect((hours ?? 0) - (welcome ?? 0)).toBeLessThan(msOf(prompt('welcome')) + msOf(prompt('menu')))
  expect(find(heard, prompt('address'))).toBeUndefined()

  const spoken = extentMs(said)
  const repeated = find(heard, hello, spoken.to)
  expect(repeated).toBeGreaterThan(spoken.to)
  expect(repeated).toBeLessThan(hash)

  const goodbye = find(heard, prompt('goodbye'), hash - windowMs)
  expect(goodbye).toBeGreaterThanOrEqual(hash - windowMs)
  // All of it: the stream closes when it has been heard.
  expect(msOf(heard)).toBeGreaterThan((goodbye ?? 0) + extentMs(prompt('goodbye')).to - windowMs)

  expect(result.answered).toBe(true)
  expect(result.hangup).toMatchObject({ code: 4000, name: 'Normal Hangup', source: 'Answer XML' })
  expect(result.all('stream-closed')[0]).toMatchObject({ by: 'server', code: 1000, reason: 'bot-returned' })
  expect(result.all('warning')).toEqual([])
  expect(node.log.all('14155550100 pressed 1')[0]?.fields).toMatchObject({ call: result.callUuid, bot: true })
  const ended = await node.log.until('call ended')
  expect(ended.fields).toMatchObject({ reason: 'bot-returned', call: result.callUuid })
  expect(node.calls.active).toBe(0)
})

test('the front desk says so when it does not know a key', async () => {
  await using node = await startNode({ agents: [{ name: 'bot', file: 'examples/front-desk.ts' }] })
  const result = await simulate({
    answerUrl: node.answerUrl(),
    caller: [
      { do: 'wait-for-audio' },
      { do: 'press', digits: '7' },
      { do: 'wait-for-quiet', ms: 500, timeoutMs: 30_000 },
      { do: 'hang-up' },
    ],
  })
  expect(find(result.heard, prompt('not-understood'))).toBeDefined()
  expect(result.hangup.source).toBe('Caller')
  expect((await node.log.until('call ended')).fields['reason']).toBe('caller-hung-up')
})

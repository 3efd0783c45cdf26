import { expect, test } from 'vitest'
import { bytesOf, mulaw8k } from '../audio/format.ts'
import { tone } from '../audio/tone.ts'
import { fromPcm16 } from '../audio/transcode.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { SilenceWatch } from './silence-watch.ts'

const quiet = new Uint8Array(bytesOf(mulaw8k, 20)).fill(0xff)
/** Loud and less loud, as speech is. */
const syllables = [-12, -20].map((levelDbfs) =>
  fromPcm16(tone({ frequencyHz: 300, durationMs: 20, sampleRateHz: 8000, levelDbfs }), mulaw8k),
)

function quietCall() {
  const clock = new ManualClock()
  const silentAt: number[] = []
  let heardUntil = 0
  const watch = new SilenceWatch({
    format: mulaw8k,
    limitMs: 10_000,
    quietMs: () => Math.max(0, clock.monotonic() - heardUntil),
    onSilence: () => silentAt.push(clock.monotonic()),
    clock,
  })
  watch.start()
  const pass = (ms: number, frames: readonly Uint8Array[] = [quiet]) => {
    for (let at = 0; at < ms; at += 20) {
      clock.advance(20)
      watch.hear(frames[(at / 20) % frames.length] ?? quiet)
    }
  }
  return { clock, watch, silentAt, pass, botTalksUntil: (ms: number) => (heardUntil = ms) }
}

test('ten seconds in which neither side is heard are noticed', () => {
  const { pass, silentAt } = quietCall()
  pass(9980)
  expect(silentAt).toEqual([])
  pass(100)
  expect(silentAt).toEqual([10_000])
})

test('the caller’s voice counts', () => {
  const { pass, silentAt } = quietCall()
  pass(8000)
  pass(1000, syllables)
  pass(9000)
  expect(silentAt).toEqual([])
  pass(2000)
  expect(silentAt).toHaveLength(1)
  expect(silentAt[0]).toBeLessThan(20_000)
})

test('so does the bot’s, and a key', () => {
  const { pass, silentAt, watch, botTalksUntil } = quietCall()
  botTalksUntil(5000)
  pass(14_900)
  expect(silentAt).toEqual([])
  watch.heard()
  pass(9900)
  expect(silentAt).toEqual([])
  pass(200)
  expect(silentAt).toHaveLength(1)
})

test('nothing is noticed while the caller is elsewhere, and the time begins anew after that', () => {
  const { pass, silentAt, watch } = quietCall()
  watch.stop()
  pass(60_000)
  watch.start()
  pass(9900)
  expect(silentAt).toEqual([])
  pass(200)
  expect(silentAt).toHaveLength(1)
})

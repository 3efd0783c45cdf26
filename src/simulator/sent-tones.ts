import { dtmfTone, silence } from '../audio/tone.ts'
import { telephoneRateHz, type Pcm } from './audio-track.ts'
import type { Line } from './line.ts'
import type { Timeline } from './timeline.ts'

const defaultToneMs = 160
const gapMs = 80
const pausesMs: ReadonlyMap<string, number> = new Map([
  ['w', 500],
  ['W', 1_000],
])

export const areTones = (digits: string): boolean => /^[0-9*#A-DwW]+(?:@\d{1,5})?$/.test(digits)

/** @throws RangeError when there is anything but `0-9 * # A-D w W`, with `@` and a length of tones in milliseconds behind. */
export function checkTones(digits: string): void {
  if (!areTones(digits)) {
    throw new RangeError(`"${digits}" is not made of 0-9 * # A-D w W`)
  }
}

/** Keys as one at the telephone hears them; `w` is half a second of silence, `W` a whole one, `@250` the length of tones. */
export function tonesOf(digits: string): Pcm {
  const [keys = '', length] = digits.split('@')
  const toneMs = length === undefined ? defaultToneMs : Number(length)
  const parts = keys.split('').flatMap((key) => {
    const pauseMs = pausesMs.get(key)
    if (pauseMs !== undefined) return [silence(pauseMs, telephoneRateHz)]
    return [dtmfTone(key, toneMs, telephoneRateHz), silence(gapMs, telephoneRateHz)]
  })
  const samples = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    samples.set(part, at)
    at += part.length
  }
  return { samples, sampleRateHz: telephoneRateHz }
}

/** Plays keys to the one at the telephone. Resolves when they are heard, or when `signal` stops them. */
export async function sendTones(digits: string, line: Line, timeline: Timeline, signal: AbortSignal): Promise<void> {
  timeline.add({ type: 'sent-digits', digits })
  await line.announce(tonesOf(digits), signal)
}

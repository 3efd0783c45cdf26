import { sleep, type Clock } from '../lib/clock.ts'
import type { Assumptions } from './assumptions.ts'
import type { Pcm } from './audio-track.ts'
import type { Line, SpokenWords } from './line.ts'
import { spokenAudio } from './spoken-audio.ts'
import type { Timeline } from './timeline.ts'

/** Something the caller does; the next action starts when it is done. */
export type CallerAction =
  | { readonly do: 'speak'; readonly audio: Pcm }
  /**
   * Words, which GetInput takes for recognised speech. Without `audio` it is said by espeak-ng, or murmured where that is
   * not to be had.
   */
  | { readonly do: 'say-text'; readonly text: string; readonly audio?: Pcm }
  /** Keys of `0-9 * # A-D`, 250 ms apart. */
  | { readonly do: 'press'; readonly digits: string }
  | { readonly do: 'wait'; readonly ms: number }
  /** Until the bot is heard, at most `timeoutMs`; at once, if it is being heard. */
  | { readonly do: 'wait-for-audio'; readonly timeoutMs?: number }
  /** Until nothing was heard for `ms` (default 700), counted from the start of this action; at most `timeoutMs`. */
  | ({ readonly do: 'wait-for-quiet' } & QuietWanted)
  | { readonly do: 'hang-up' }

interface QuietWanted {
  readonly ms?: number
  readonly timeoutMs?: number
}

export interface Caller {
  readonly clock: Clock
  readonly line: Line
  readonly timeline: Timeline
  readonly over: AbortSignal
  readonly assumptions: Assumptions
  hangUp(): void
}

const pressGapMs = 250
const defaultQuietMs = 700

/** @throws RangeError when an action has a digit that no key has. */
export function checkScript(actions: readonly CallerAction[]): void {
  for (const action of actions) if (action.do === 'press') checkDigits(action.digits)
}

/** @throws RangeError when a digit is none of `0-9 * # A-D`. */
export function checkDigits(digits: string): void {
  if (!/^[0-9*#A-D]+$/.test(digits)) throw new RangeError(`"${digits}" is not made of the keys 0-9 * # A-D`)
}

/** Does what the caller does, from the answer on; afterwards the caller is silent. */
export async function followScript(actions: readonly CallerAction[], caller: Caller): Promise<void> {
  for (const action of actions) {
    if (caller.over.aborted) return
    await perform(action, caller)
  }
}

async function perform(action: CallerAction, caller: Caller): Promise<void> {
  const { clock, line, over } = caller
  switch (action.do) {
    case 'speak':
      await untilSomebodyListens(line)
      return line.speak(action.audio)
    case 'say-text':
      await untilSomebodyListens(line)
      return sayText(action, caller)
    case 'press':
      await untilSomebodyListens(line)
      return press(action.digits, caller)
    case 'wait':
      return sleep(clock, action.ms, over)
    case 'wait-for-audio':
      return until(() => line.audible, 'the bot', action.timeoutMs, caller)
    case 'wait-for-quiet':
      return untilQuiet(action, caller)
    case 'hang-up':
      return caller.hangUp()
  }
}

async function sayText({ text, audio }: Extract<CallerAction, { do: 'say-text' }>, caller: Caller): Promise<void> {
  const voice = audio ?? (await spokenAudio({ text, voice: 'MAN', language: 'en-US' }, caller, caller.over))
  if (voice) await sayWords(text, voice, caller)
}

/** The one at the telephone says words, and the line keeps them for what stands for speech recognition. */
export async function sayWords(
  text: string,
  voice: Pcm,
  { line, clock }: Pick<Caller, 'line' | 'clock'>,
): Promise<void> {
  const words: SpokenWords = { text, startedAt: clock.monotonic(), endedAt: undefined }
  line.words.push(words)
  await line.speak(voice)
  words.endedAt = clock.monotonic()
}

/** A stream that still connects would miss the first words, and every script would have to wait for it. */
const untilSomebodyListens = (line: Line): Promise<void> => line.when(() => line.stream?.open !== false)

async function press(digits: string, { line, clock, over }: Caller): Promise<void> {
  for (const [i, digit] of digits.split('').entries()) {
    if (i > 0) await sleep(clock, pressGapMs, over)
    line.press(digit)
  }
}

async function untilQuiet({ ms = defaultQuietMs, timeoutMs }: QuietWanted, caller: Caller): Promise<void> {
  const startedAt = caller.clock.monotonic()
  const quietMs = () => caller.clock.monotonic() - Math.max(startedAt, caller.line.lastHeardAt)
  await until(() => quietMs() >= ms, 'quiet', timeoutMs, caller)
}

async function until(
  condition: () => boolean,
  what: string,
  timeoutMs = Number.POSITIVE_INFINITY,
  { line, clock, timeline }: Caller,
): Promise<void> {
  const giveUpAt = clock.monotonic() + timeoutMs
  await line.when(() => condition() || clock.monotonic() >= giveUpAt)
  if (clock.monotonic() >= giveUpAt && !condition())
    timeline.warn(`the caller waited ${timeoutMs} ms for ${what}, in vain`)
}

/** Bots that ask one thing of their call, and callers who answer it. */
import { tone } from '../../src/audio/tone.ts'
import { expect } from 'vitest'
import type { CallerAction, SimulatedCall, TimelineEvent } from '../../src/simulator/index.ts'
import type { Exchange } from './exchange.ts'
import { patience } from './patience.ts'

/** A telephone that the bots call. */
export const desk = '14155550123'
/** A caller must not think that the line is dead. */
export const longestSilence = 2000

const sound = (frequencyHz: number, durationMs: number) => ({
  samples: tone({ frequencyHz, durationMs, sampleRateHz: 8000 }),
  sampleRateHz: 8000,
})

const words = sound(300, 1500)
export const speech: CallerAction = { do: 'speak', audio: words }
/** As long as the call lasts. */
export const hums: CallerAction = { do: 'speak', audio: sound(500, 60_000) }

/** What the bot says before and after; a tone is enough. */
export const tones = `
    const tone = (ms) => Int16Array.from({ length: ms * 8 }, (_, i) => 8000 * Math.sin(i / 4))
    const beep = (ms) => call.play(tone(ms), { sampleRateHz: 8000 })`

/** Tells what it got, and goes on with the caller if it can. */
export const botThat = (asks: string): string => `${tones}
    await beep(400)
    const result = await call.${asks}.catch(failure)
    tell(result)
    if (!call.signal.aborted) tell({ heard: (await beep(600)).interrupted === false })`

type IsDue = (call: SimulatedCall) => boolean

export const happened =
  (type: TimelineEvent['type']): IsDue =>
  ({ timeline }) =>
    timeline.some((event) => event.type === type)

/** Plivo has come to such an element. */
export const runs =
  (element: string): IsDue =>
  ({ timeline }) =>
    timeline.some((event) => event.type === 'element' && event.name === element)

export const hangsUp = (call: SimulatedCall): void => call.hangUp()

/** The caller says something, which takes a while. */
export const says = (call: SimulatedCall): Promise<void> => call.line.speak(words)

export async function saysAndPressesHash(call: SimulatedCall): Promise<void> {
  await says(call)
  call.press('#')
}

/** A call whose caller does something once that is due, however long it takes until then. */
export async function oneCallUntil(
  exchange: Exchange,
  isDue: IsDue,
  act: (call: SimulatedCall) => void | Promise<void>,
) {
  await using call = exchange.dial()
  await expect.poll(() => isDue(call), patience).toBe(true)
  await act(call)
  const result = await call.ended
  return { ...result, timeline: call.timeline }
}

/** A call from its beginning to its end. */
export async function oneCall(exchange: Exchange, caller: readonly CallerAction[] = []) {
  await using call = exchange.dial(caller)
  const result = await call.ended
  return { ...result, timeline: call.timeline }
}

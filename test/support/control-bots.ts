/** Bots that ask one thing of their call, and callers who answer it. */
import { tone } from '../../src/audio/tone.ts'
import type { CallerAction } from '../../src/simulator/index.ts'
import type { Exchange } from './exchange.ts'

/** A telephone that the bots call. */
export const desk = '14155550123'
/** A caller must not think that the line is dead. */
export const longestSilence = 2000

const sounds = (frequencyHz: number, durationMs: number): CallerAction => ({
  do: 'speak',
  audio: { samples: tone({ frequencyHz, durationMs, sampleRateHz: 8000 }), sampleRateHz: 8000 },
})

export const speech = sounds(300, 1500)
/** As long as the call lasts. */
export const hums = sounds(500, 60_000)

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

/** A call from its beginning to its end. */
export async function oneCall(exchange: Exchange, caller: readonly CallerAction[] = []) {
  await using call = exchange.dial(caller)
  const result = await call.ended
  return { ...result, timeline: call.timeline }
}

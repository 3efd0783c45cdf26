import { parseWav } from '../../audio/wav.ts'
import { describeFailure } from '../../lib/parsed.ts'
import type { Pcm } from '../audio-track.ts'
import type { CallContext } from '../call-context.ts'
import { murmur } from '../murmur.ts'
import { describeOutcome, isSuccess } from '../retries.ts'
import { isWebUrl } from '../url-settings.ts'
import { announce } from './announce.ts'
import { nextElement, type ElementKind } from './element-kind.ts'

/** Section 6.2. WAV files are played; anything else is a murmur of some seconds and a warning. */
export const play: ElementKind = {
  attributes: ['loop'],
  run: async (element, call) => {
    const audio = await fetchAudio(element.text, call)
    if (audio) await announce(audio, element, call)
    return nextElement
  },
}

async function fetchAudio(
  url: string,
  { webhooks, over, timeline, assumptions }: CallContext,
): Promise<Pcm | undefined> {
  if (!isWebUrl(url)) {
    timeline.warn(`Play "${url}" is no http or https URL: nothing is played`)
    return undefined
  }
  const outcome = await webhooks.download(url, over)
  if (!isSuccess(outcome)) {
    timeline.warn(`Play ${url}: ${describeOutcome(outcome)}: nothing is played`)
    return undefined
  }
  const wav = parseWav(outcome.body)
  if (wav.ok && wav.value.samples.length > 0) return wav.value
  const problem = wav.ok ? 'has no samples' : describeFailure(wav)
  timeline.warn(`Play ${url}: ${problem}: a murmur of ${assumptions.undecodablePlayMs} ms is played`)
  return murmur(assumptions.undecodablePlayMs)
}

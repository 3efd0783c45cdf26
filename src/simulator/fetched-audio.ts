import { parseWav } from '../audio/wav.ts'
import { describeFailure } from '../lib/parsed.ts'
import type { Pcm } from './audio-track.ts'
import type { CallContext } from './call-context.ts'
import { decodeMp3, looksLikeMp3 } from './mp3.ts'
import { murmur } from './murmur.ts'
import { describeOutcome, isSuccess } from './retries.ts'
import { isWebUrl } from './url-settings.ts'

/** The audio of a URL, WAV or MP3; a murmur in place of what nobody here can decode. Undefined, with a warning: nothing. */
export async function fetchAudio(
  url: string,
  { webhooks, timeline, assumptions }: CallContext,
  signal: AbortSignal,
): Promise<Pcm | undefined> {
  if (!isWebUrl(url)) {
    timeline.warn(`Play "${url}" is no http or https URL: nothing is played`)
    return undefined
  }
  const outcome = await webhooks.download(url, signal)
  if (signal.aborted) return undefined
  if (!isSuccess(outcome)) {
    timeline.warn(`Play ${url}: ${describeOutcome(outcome)}: nothing is played`)
    return undefined
  }
  const audio = await decode(outcome.body)
  if (typeof audio === 'object') return audio
  timeline.warn(`Play ${url}: ${audio}: a murmur of ${assumptions.undecodablePlayMs} ms is played`)
  return murmur(assumptions.undecodablePlayMs)
}

/** The audio, or what is wrong. */
async function decode(bytes: Uint8Array): Promise<Pcm | string> {
  if (looksLikeMp3(bytes)) return (await decodeMp3(bytes)) ?? 'is MP3, which nothing here decodes (mpg123-decoder)'
  const wav = parseWav(bytes)
  if (!wav.ok) return describeFailure(wav)
  return wav.value.samples.length > 0 ? wav.value : 'has no samples'
}

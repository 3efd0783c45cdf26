import { silence, tone } from '../../audio/tone.ts'
import { telephoneRateHz, type Pcm } from '../audio-track.ts'
import type { CallContext } from '../call-context.ts'
import { describeOutcome, isSuccess } from '../retries.ts'
import { parseDocument, type XmlElement } from '../xml-document.ts'
import { playPrompt } from './prompt.ts'

/** Two seconds of tone and four of silence, as in North America. */
const ringback: Pcm = {
  samples: joined(
    mixed(tone({ frequencyHz: 440, durationMs: 2_000, sampleRateHz: telephoneRateHz, levelDbfs: -24 }), 480),
    silence(4_000, telephoneRateHz),
  ),
  sampleRateHz: telephoneRateHz,
}

/** What the one who dials hears until somebody answers: the document of `url`, or the ringing. */
export async function playDialMusic(url: string | undefined, call: CallContext): Promise<void> {
  const sounds = url === undefined ? [] : await fetchSounds(url, call)
  if (sounds.length === 0 && !call.assumptions.ringingWhileDialling) return
  while (!call.halted.aborted) {
    if (sounds.length === 0) await call.line.announce(ringback, call.halted)
    else await playPrompt(sounds, call)
  }
}

/** The elements of a document that only makes sounds; none, with a warning, when it cannot be had. */
export async function fetchSounds(url: string, call: CallContext): Promise<readonly XmlElement[]> {
  const { webhooks, halted, timeline, facts, assumptions } = call
  const parameters = { CallUUID: facts.callUuid, From: facts.from, To: facts.to }
  const outcome = await webhooks.send({ method: assumptions.soundsMethod, url, parameters, signal: halted })
  if (halted.aborted) return []
  if (!isSuccess(outcome)) {
    timeline.warn(`the sounds of ${url}: ${describeOutcome(outcome)}`)
    return []
  }
  const document = parseDocument(outcome.body)
  if (document.ok) return document.value
  timeline.warn(`the sounds of ${url}: the XML ${document.problem}`)
  return []
}

function mixed(samples: Int16Array, frequencyHz: number): Int16Array {
  const durationMs = (samples.length / telephoneRateHz) * 1000
  const other = tone({ frequencyHz, durationMs, sampleRateHz: telephoneRateHz, levelDbfs: -24 })
  return samples.map((sample, i) => sample + (other[i] ?? 0))
}

function joined(head: Int16Array, tail: Int16Array): Int16Array {
  const whole = new Int16Array(head.length + tail.length)
  whole.set(head)
  whole.set(tail, head.length)
  return whole
}

import { sleep } from '../../lib/clock.ts'
import type { ControlRequest, PlayedByCarrier } from '../../sdk/control.ts'
import type { Carrier, SpokenWords } from '../carrier/carrier.ts'
import { ControlError } from '../control-error.ts'
import { cutBy, type VerbContext } from './verb-context.ts'

type SayRequest = Extract<ControlRequest, { verb: 'say' }>

/** Speech by the carrier's voices: 150 to 190 words a minute, pauses included. It tells nobody when it ends. */
const msPerCharacter = 70
const shortestMs = 500
/** How much of the estimate may be wrong. */
const estimateError = 0.5
/** From the request to the first sound. */
const startErrorMs = 1000

/**
 * The carrier speaks: beside the stream where there are credentials, so that the caller can interrupt; otherwise, and where
 * that fails, between two streams.
 */
export async function say(request: SayRequest, context: VerbContext): Promise<PlayedByCarrier> {
  const { verb: _, ssml, ...words } = request
  const { carrier, log } = context
  if (!carrier || ssml) return speakBetweenStreams(request, context)
  try {
    await context.waiting(carrier.speak(context.callId, words))
  } catch (error) {
    if (!(error instanceof ControlError) || error.failure.code !== 'unavailable') throw error
    log.warn({ why: error.message }, "the carrier's API does not speak; the words are spoken between streams")
    return speakBetweenStreams(request, context)
  }
  return speakBesideStream(carrier, words, context)
}

async function speakBetweenStreams(request: SayRequest, { leave, clock }: VerbContext): Promise<PlayedByCarrier> {
  const { verb: _, ...words } = request
  const began = clock.monotonic()
  const came = await leave({ type: 'speak', ...words }).over
  const heardMs = Math.round(clock.monotonic() - began)
  const played = { heardMs, uncertaintyMs: startErrorMs }
  if (came) return { ...played, totalMs: heardMs }
  return { ...played, totalMs: Math.max(heardMs, spokenMs(words.text)), cutBy: 'hang-up' }
}

async function speakBesideStream(
  carrier: Carrier,
  { text }: SpokenWords,
  { callId, clock, signal, log }: VerbContext,
): Promise<PlayedByCarrier> {
  const totalMs = spokenMs(text)
  const began = clock.monotonic()
  await sleep(clock, totalMs, signal)
  const heardMs = Math.min(totalMs, Math.round(clock.monotonic() - began))
  const uncertaintyMs = Math.round(heardMs * estimateError) + startErrorMs
  if (!signal.aborted) return { heardMs, uncertaintyMs, totalMs }
  const by = cutBy(signal)
  if (by !== 'hang-up') {
    await carrier.stopSpeaking(callId).catch((error: unknown) => log.warn({ err: error }, 'the carrier speaks on'))
  }
  return { heardMs, uncertaintyMs, totalMs, cutBy: by }
}

const spokenMs = (text: string) => Math.max(shortestMs, text.length * msPerCharacter)

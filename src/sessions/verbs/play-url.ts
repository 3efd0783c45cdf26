import type { ControlRequest, PlayedByCarrier } from '../../sdk/control.ts'
import type { VerbContext } from './verb-context.ts'

type Request = Extract<ControlRequest, { verb: 'play-url' }>

/** Fetching the file is part of the time away. */
const fetchErrorMs = 2000

/** The carrier plays a file, between two streams: beside one it would tell nobody when it ends. */
export async function playUrl({ url }: Request, { leave, clock }: VerbContext): Promise<PlayedByCarrier> {
  const began = clock.monotonic()
  const came = await leave({ type: 'play', url }).over
  const heardMs = Math.round(clock.monotonic() - began)
  const played = { heardMs, uncertaintyMs: fetchErrorMs, totalMs: heardMs }
  return came ? played : { ...played, cutBy: 'hang-up' }
}

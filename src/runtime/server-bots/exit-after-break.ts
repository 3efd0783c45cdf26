import { type Clock, sleep } from '../../lib/clock.ts'
import { probe } from './http-probe.ts'
import type { PlaceExit, ServerPlace } from './server-place.ts'

/** What has crashed is mostly known by then to be gone. */
const newsMs = 100
const probeTimeoutMs = 2000
/** A program that listens no more is about to end; it may have much to take leave of, and the machine much else to do. */
const leavingMs = 5000

/**
 * The end of a place whose session's socket broke; undefined when it lives on: then it is done with its session. That the news
 * of an end is late says nothing; that somebody still listens there does.
 */
export async function exitAfterBreak(
  { origin, exited }: Pick<ServerPlace, 'origin' | 'exited'>,
  clock: Clock,
): Promise<PlaceExit | undefined> {
  const known = new AbortController()
  const untilItLives = async () => {
    await sleep(clock, newsMs, known.signal)
    if (known.signal.aborted) return
    const asked = await probe({ url: `${origin}/livez`, timeoutMs: probeTimeoutMs, clock })
    if (asked.type === 'refused' || asked.type === 'broken') await sleep(clock, leavingMs, known.signal)
  }
  const exit = await Promise.race([exited, untilItLives()])
  known.abort()
  return exit ?? undefined
}

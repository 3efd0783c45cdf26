import { type Clock, sleep } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import { type Probe, probe } from './http-probe.ts'
import { type Instance, type InstanceListener, InstanceStartError } from '../link.ts'
import { OutputTail } from '../output-tail.ts'
import type { Placement } from './placement.ts'
import { describeProbe, isFine } from './server-health.ts'
import { ServerInstance } from './server-instance.ts'
import type { OpenPlace, ServerPlace } from './server-place.ts'
import { SessionOutput } from './session-output.ts'

export interface PlacedInstanceOptions {
  readonly openPlace: OpenPlace
  /** How long the bot may take until `GET /readyz` says that it is ready. */
  readonly startTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly lingerMs: number
  readonly clock: Clock
  readonly log: Log
}

/** Starts a server bot of ours. Resolves when it says that it is ready; it has one session at a time. */
export async function startPlacedInstance(
  options: PlacedInstanceOptions,
  listener: InstanceListener,
  signal: AbortSignal,
): Promise<Instance> {
  const { clock, log, connectTimeoutMs, lingerMs } = options
  const tail = new OutputTail()
  const output = new SessionOutput({ clock, onLine: (stream, line) => log.info({ stream }, line) })
  const place = await options.openPlace((stream, text) => {
    tail.add(text)
    output.add(stream, text)
  }, signal)
  const placement = { place, output, tail }
  try {
    await untilReady(options, placement, signal)
  } catch (error) {
    output.flush()
    await place.stop()
    throw error
  }
  const url = `${place.origin.replace(/^http/, 'ws')}/ws`
  // The base image would take several at once. That is for the platform to prevent.
  return new ServerInstance(
    { url, sessionsPerInstance: 1, connectTimeoutMs, lingerMs, placement, clock, log },
    listener,
  )
}

const firstPauseMs = 25
const longestPauseMs = 500
const probeTimeoutMs = 5000

async function untilReady(
  options: Pick<PlacedInstanceOptions, 'startTimeoutMs' | 'clock'>,
  { place, tail }: Placement,
  signal: AbortSignal,
): Promise<void> {
  const { startTimeoutMs, clock } = options
  const over = new AbortController()
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal })
    if (signal.aborted) reject(signal.reason)
    void place.exited.then(({ how }) =>
      reject(new InstanceStartError(`the bot's process ${how} before it was ready${tail.quoted()}`)),
    )
  })
  let last: Probe | undefined
  const asking = async () => {
    for (let pauseMs = firstPauseMs; !over.signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 1.5)) {
      last = await probe({ url: `${place.origin}/readyz`, timeoutMs: probeTimeoutMs, clock })
      if (isFine(last)) return
      await sleep(clock, pauseMs, over.signal)
    }
  }
  const timeout = async () => {
    await sleep(clock, startTimeoutMs, over.signal)
    if (over.signal.aborted) return
    throw new InstanceStartError(
      `the bot was not ready after ${startTimeoutMs / 1000} s: ${await describeUnready(place, last)}${tail.quoted()}`,
    )
  }
  try {
    await Promise.race([asking(), stopped, timeout()])
  } finally {
    over.abort()
  }
}

async function describeUnready(place: ServerPlace, last: Probe | undefined): Promise<string> {
  if (last && last.type !== 'refused') return `GET /readyz: ${describeProbe(last)}`
  const diagnosis = await place.diagnose?.()
  return `nothing listens on port ${new URL(place.origin).port}, its PORT${diagnosis === undefined ? '' : `; ${diagnosis}`}`
}

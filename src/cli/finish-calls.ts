import { type Clock, sleep } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type StopSignals, untilFired } from './stop-signals.ts'

interface FinishOptions {
  readonly server: {
    readonly calls: { readonly active: number }
    /** Takes no new calls. Resolves when the last one is over. */
    drain(): Promise<void>
  }
  readonly stop: Pick<StopSignals, 'now'>
  readonly timeoutMs: number
  readonly clock: Clock
  readonly log: Log
}

const reportEveryMs = 30_000

/** Lets running calls finish, until they take too long or nobody wants to wait. The log says how it goes. */
export async function finishCalls({ server, stop, timeoutMs, clock, log }: FinishOptions): Promise<void> {
  const { calls } = server
  if (calls.active === 0) {
    await server.drain()
    return
  }
  const deadline = clock.monotonic() + timeoutMs
  const left = () => durationText(deadline - clock.monotonic())
  log.info({ calls: calls.active, longest: left() }, 'waiting for running calls; another signal (Ctrl-C) ends them')
  const over = new AbortController()
  const drained = server.drain().then(() => 'drained' as const)
  const stopped = untilFired(stop.now).then(() => 'stopped' as const)
  const late = sleep(clock, timeoutMs, over.signal).then(() => 'late' as const)
  const report = async () => {
    for (;;) {
      await sleep(clock, reportEveryMs, over.signal)
      if (over.signal.aborted) return
      log.info({ calls: calls.active, longest: left() }, 'still waiting for running calls')
    }
  }
  void report()
  const end = await Promise.race([drained, stopped, late])
  over.abort()
  if (end === 'late') log.warn({ calls: calls.active }, 'running calls took too long and are ended')
  else if (end === 'stopped') log.info({ calls: calls.active }, 'running calls are ended')
}

/** `2 h`, `45 min`, `90 s`. */
function durationText(ms: number): string {
  if (ms >= 5_400_000) return `${Math.round(ms / 3_600_000)} h`
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1000)} s`
}

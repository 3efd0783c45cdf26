import { once } from 'node:events'

export interface StopSignals {
  /** Fires at the first Ctrl-C or SIGTERM: finish what runs, take nothing new. */
  readonly finish: AbortSignal
  /** Fires at the second: end now. */
  readonly now: AbortSignal
}

/** Takes over Ctrl-C and SIGTERM for the rest of the process's life. */
export function takeStopSignals(): StopSignals {
  const finish = new AbortController()
  const now = new AbortController()
  const onSignal = () => (finish.signal.aborted ? now : finish).abort()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { finish: finish.signal, now: now.signal }
}

export async function untilFired(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

import { setTimeout as sleep } from 'node:timers/promises'
import { machineBusyMs } from './cpu-time.ts'

/** Percent of one core that may be busy on a machine that counts as quiet. */
const quietPercent = 30
const lookForMs = 1000

/** Waits until nobody else uses the machine for a second, but no longer than `atMostMs`. */
export async function untilQuiet(atMostMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + atMostMs
  while (performance.now() < deadline) {
    const from = { atMs: performance.now(), busyMs: machineBusyMs() }
    await sleep(lookForMs, undefined, { signal })
    const percent = ((machineBusyMs() - from.busyMs) / (performance.now() - from.atMs)) * 100
    if (percent <= quietPercent) return
  }
}

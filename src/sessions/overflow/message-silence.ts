import type { Recorded } from '../detours/detour.ts'

/** Silence that ends a message for which no bot asked. */
export const messageSilenceMs = 5000

/** How exact a carrier's silence and durations are taken to be. */
const clockErrorMs = 500

/** Ended by silence, and not longer than that: nothing was said. */
export const isSilence = ({ durationMs, key }: Recorded, silenceMs: number): boolean =>
  durationMs !== undefined && (durationMs === 0 || (key === undefined && durationMs <= silenceMs + clockErrorMs))

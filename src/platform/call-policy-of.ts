import type { CallPolicy } from '../sessions/call-policy.ts'
import { crashFallbacks, overflowFallbacks } from '../sessions/call-policy.ts'
import { type Fallback, parseFallback } from '../sessions/fallback.ts'
import type { VersionSpec } from '../store/version.ts'

/** What a version promises callers, as sessions want it. */
export function callPolicyOf({ call = {} }: VersionSpec): CallPolicy {
  const { onCrash, overflow, comfortTone, ringUntilReadyMs, maxSilenceSeconds, goodbye } = call
  return {
    onCrash: fallbackOf(onCrash, crashFallbacks),
    overflow: fallbackOf(overflow, overflowFallbacks),
    maxSilenceMs: maxSilenceSeconds === undefined ? undefined : maxSilenceSeconds * 1000,
    comfortTone,
    ringUntilReadyMs,
    goodbye,
  }
}

/** It was checked when it was deployed. */
function fallbackOf(text: string | undefined, kinds: readonly Fallback['type'][]): Fallback | undefined {
  const read = text === undefined ? undefined : parseFallback(text, 'call', kinds)
  return read?.ok ? read.value : undefined
}

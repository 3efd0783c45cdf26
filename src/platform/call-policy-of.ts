import type { CallPolicy } from '../sessions/call-policy.ts'
import { crashFallbacks } from '../sessions/call-policy.ts'
import { parseFallback } from '../sessions/fallback.ts'
import type { VersionSpec } from '../store/version.ts'

/** What a version promises callers, as sessions want it. */
export function callPolicyOf({ call = {} }: VersionSpec): CallPolicy {
  const { onCrash, comfortTone, ringUntilReadyMs, maxSilenceSeconds, goodbye } = call
  const fallback = onCrash === undefined ? undefined : parseFallback(onCrash, 'onCrash', crashFallbacks)
  return {
    // It was checked when it was deployed.
    onCrash: fallback?.ok ? fallback.value : undefined,
    maxSilenceMs: maxSilenceSeconds === undefined ? undefined : maxSilenceSeconds * 1000,
    comfortTone,
    ringUntilReadyMs,
    goodbye,
  }
}

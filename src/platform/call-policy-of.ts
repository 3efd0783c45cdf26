import type { CallPolicy } from '../sessions/call-policy.ts'
import { crashFallbacks } from '../sessions/call-policy.ts'
import { type Fallback, parseFallback } from '../sessions/detours/fallback.ts'
import { afterQueueFallbacks, defaultQueueing, type Overflow, parseOverflow } from '../sessions/overflow/overflow.ts'
import type { VersionSpec } from '../store/version.ts'

/** What a version promises callers, as sessions want it. */
export function callPolicyOf({ call = {} }: Pick<VersionSpec, 'call'>): CallPolicy {
  const { onCrash, comfortTone, ringUntilReadyMs, maxSilenceSeconds, goodbye } = call
  return {
    onCrash: fallbackOf(onCrash, crashFallbacks),
    overflow: overflowOf(call),
    maxSilenceMs: maxSilenceSeconds === undefined ? undefined : maxSilenceSeconds * 1000,
    comfortTone,
    ringUntilReadyMs,
    goodbye,
  }
}

function overflowOf(call: NonNullable<VersionSpec['call']>): Overflow | undefined {
  const { overflow, overflowWaitSeconds, overflowQueueMax, overflowThen } = call
  const read = overflow === undefined ? undefined : parseOverflow(overflow, 'overflow')
  if (!read?.ok) return undefined
  if (read.value.type !== 'queue') return read.value
  const { maxWaitMs, maxWaiting, afterwards } = defaultQueueing
  return {
    type: 'queue',
    maxWaitMs: overflowWaitSeconds === undefined ? maxWaitMs : overflowWaitSeconds * 1000,
    maxWaiting: overflowQueueMax ?? maxWaiting,
    afterwards: fallbackOf(overflowThen, afterQueueFallbacks) ?? afterwards,
  }
}

/** It was checked when it was deployed. */
function fallbackOf(text: string | undefined, kinds: readonly Fallback['type'][]): Fallback | undefined {
  const read = text === undefined ? undefined : parseFallback(text, 'call', kinds)
  return read?.ok ? read.value : undefined
}

import { type Finding, networkTimeoutMs, type Setup } from '../finding.ts'
import { networkReason } from '../network-reason.ts'

const check = 'clock'
/** HTTP tells whole seconds. */
const warnMs = 5000
const failMs = 60_000

/** This machine's clock, against the `Date` of Plivo's API: tokens and tickets are good for minutes. */
export async function checkClock({ config, clock }: Pick<Setup, 'config' | 'clock'>): Promise<Finding> {
  const url = config.plivoApiUrl ?? 'https://api.plivo.com'
  try {
    const askedAt = clock.now()
    const reply = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(networkTimeoutMs),
    })
    const theirs = Date.parse(reply.headers.get('date') ?? '')
    if (Number.isNaN(theirs)) return { check, state: 'skipped', message: `${url} does not say what time it is` }
    return compare((askedAt + clock.now()) / 2 - theirs, new URL(url).host)
  } catch (error) {
    return { check, state: 'skipped', message: `${url} is not reached to compare with: ${networkReason(error).reason}` }
  }
}

function compare(aheadMs: number, host: string): Finding {
  const off = Math.abs(aheadMs)
  if (off <= warnMs) return { check, state: 'ok', message: `agrees with ${host}` }
  const message = `${Math.round(off / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${host}`
  return { check, state: off > failMs ? 'failed' : 'warning', message, fix: 'timedatectl set-ntp true' }
}

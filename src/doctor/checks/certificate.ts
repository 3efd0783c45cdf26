import { stat } from 'node:fs/promises'
import { readCertificate } from '../../gateway/certificate-files.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Finding, Setup } from '../finding.ts'

const check = 'certificate'
const dayMs = 86_400_000
const soonDays = 14

/** The files that the node has TLS with: whether they belong together, are for its name, and last. */
export async function checkCertificate({ config, clock }: Pick<Setup, 'config' | 'clock'>): Promise<Finding> {
  const { tls, publicUrl } = config
  if (!tls) return { check, state: 'skipped', message: 'the node has no TLS itself (OFFHOOK_TLS_CERT)' }
  try {
    const { names, validTo } = await readCertificate(tls)
    const days = Math.floor((validTo.getTime() - clock.now()) / dayMs)
    const message = `for ${names.join(', ') || 'no name'}, until ${validTo.toISOString().slice(0, 10)}`
    if (days < 0) return { check, state: 'failed', message: `expired ${-days} days ago`, fix: 'renew it' }
    const host = publicUrl === undefined ? undefined : new URL(publicUrl).hostname
    if (host !== undefined && !names.some((name) => matches(name, host))) {
      const fix = `get one for ${host}, or correct OFFHOOK_PUBLIC_URL`
      return { check, state: 'failed', message: `${message}: not for ${host}`, fix }
    }
    const { mode } = await stat(tls.key)
    if ((mode & 0o007) !== 0)
      return { check, state: 'warning', message: `anybody may read ${tls.key}`, fix: `chmod o-rwx ${tls.key}` }
    if (days < soonDays)
      return { check, state: 'warning', message: `${message}: ${days} days`, fix: 'renew it in time' }
    return { check, state: 'ok', message }
  } catch (error) {
    const fix = 'point OFFHOOK_TLS_CERT at the certificate with its chain, and OFFHOOK_TLS_KEY at its key, both in PEM'
    return { check, state: 'failed', message: messageOf(error), fix }
  }
}

/** `*.example.com` is good for one label. */
function matches(name: string, host: string): boolean {
  if (!name.startsWith('*.')) return name.toLowerCase() === host.toLowerCase()
  return host.toLowerCase().replace(/^[^.]+/, '*') === name.toLowerCase()
}

import { messageOf } from '../lib/errors.ts'

interface NetworkReason {
  readonly reason: string
  readonly fix: string
}

const byCode: Readonly<Record<string, NetworkReason>> = {
  ENOTFOUND: { reason: 'its name is unknown', fix: 'add the DNS entry, or correct the name' },
  EAI_AGAIN: { reason: 'its name cannot be looked up now', fix: 'see that this machine reaches a DNS server' },
  ECONNREFUSED: {
    reason: 'nothing listens there',
    fix: 'start the proxy or tunnel, and open the port in the firewall',
  },
  ECONNRESET: { reason: 'the connection was cut', fix: 'see that the proxy or tunnel speaks the protocol of the URL' },
  CERT_HAS_EXPIRED: { reason: 'its certificate has expired', fix: 'renew it' },
  ERR_TLS_CERT_ALTNAME_INVALID: { reason: 'its certificate is for another name', fix: 'get one for this name' },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    reason: 'its certificate is self-signed, which Plivo does not take',
    fix: 'get one from a public authority',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    reason: 'its certificate comes without its chain',
    fix: 'serve the full chain (fullchain.pem, not cert.pem)',
  },
}

/** Why something on the network was not reached, in words, and what to do. */
export function networkReason(error: unknown): NetworkReason {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const known = byCode[code]
  if (known) return known
  const late = cause instanceof Error && cause.name === 'TimeoutError'
  const fix = 'see that the way there is open: firewall, proxy, tunnel'
  return { reason: late ? 'no answer came in time' : messageOf(cause), fix }
}

import { createHmac } from 'node:crypto'

/** Asks a node at `/healthz` to show that it is the one it should be. */
export const nonceHeader = 'x-offhook-nonce'
export const proofHeader = 'x-offhook-proof'

/** What only a node that knows the token can say of a nonce; undefined: that is no nonce. The same token signs other things. */
export function nodeProof(token: string, nonce: string | undefined): string | undefined {
  if (nonce === undefined || !/^[0-9a-f]{32,64}$/.test(nonce)) return undefined
  return createHmac('sha256', token).update(`offhook node ${nonce}`).digest('hex')
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { StoreError } from '../store-error.ts'
import type { KeyRing, SealingKey } from './key-ring.ts'

const cipherName = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

export interface Sealed {
  readonly keyId: string
  /** base64url of nonce, tag and ciphertext. */
  readonly sealed: string
}

/** Encrypts with AES-256-GCM. `place` is where the value belongs: sealed there, it cannot be opened elsewhere. */
export function seal({ id, bytes }: SealingKey, place: string, text: string): Sealed {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(cipherName, bytes, nonce).setAAD(Buffer.from(place))
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return { keyId: id, sealed: Buffer.concat([nonce, cipher.getAuthTag(), content]).toString('base64url') }
}

/** Throws `wrong-secret-key` when the ring lacks the key, or the value was altered or moved. */
export function unseal(ring: KeyRing, place: string, { keyId, sealed }: Sealed): string {
  const key = ring.find(keyId)
  if (!key) throw wrongKey(keyId)
  const bytes = Buffer.from(sealed, 'base64url')
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
  const decipher = createDecipheriv(cipherName, key.bytes, bytes.subarray(0, nonceBytes))
  decipher.setAAD(Buffer.from(place)).setAuthTag(tag)
  try {
    return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch (error) {
    throw new StoreError('wrong-secret-key', `a secret in the database was altered: ${place}`, { cause: error })
  }
}

export const wrongKey = (keyId: string): StoreError =>
  new StoreError(
    'wrong-secret-key',
    `secrets in the database were sealed with another key (${keyId}): set OFFHOOK_SECRET_KEY to the key they were sealed ` +
      'with, or put the file secret.key back',
  )

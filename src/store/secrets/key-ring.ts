import { createHash } from 'node:crypto'
import { StoreError } from '../store-error.ts'

export interface SealingKey {
  /** Says which key this is, and nothing of the key. */
  readonly id: string
  readonly bytes: Buffer
}

/** The keys that secrets are sealed with: the current one first, then those that older secrets may still need. */
export class KeyRing {
  readonly current: SealingKey
  readonly #keys: ReadonlyMap<string, SealingKey>

  constructor([current, ...older]: readonly [SealingKey, ...SealingKey[]]) {
    this.current = current
    this.#keys = new Map([current, ...older].map((key) => [key.id, key]))
  }

  get size(): number {
    return this.#keys.size
  }

  find(id: string): SealingKey | undefined {
    return this.#keys.get(id)
  }
}

const keyBytes = 32

/**
 * Reads keys separated by commas or lines, each 32 bytes in hexadecimal or base64. `source` names where the text came from,
 * for the error.
 */
export function parseKeys(text: string, source: string): KeyRing {
  const [first, ...others] = text
    .split(/[\s,]+/)
    .filter((part) => part !== '')
    .map((part) => toKey(part, source))
  if (!first)
    throw new StoreError('invalid', `${source} is empty: put a key of ${keyBytes} bytes there (openssl rand -hex 32)`)
  return new KeyRing([first, ...others])
}

function toKey(text: string, source: string): SealingKey {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64')
  // Buffer.from skips what is not base64; only what it did not skip counts.
  if (bytes.length !== keyBytes || !/^([0-9a-f]{64}|[\w+/-]{43}=?)$/i.test(text)) {
    throw new StoreError(
      'invalid',
      `${source} must hold keys of ${keyBytes} bytes in hexadecimal or base64 (openssl rand -hex 32), separated by commas`,
    )
  }
  return { id: createHash('sha256').update('offhook sealing key').update(bytes).digest('hex').slice(0, 12), bytes }
}

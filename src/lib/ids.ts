import { randomBytes } from 'node:crypto'

/** An id such as `ins_5c2f…`: the prefix says what it names, 80 random bits keep it from being guessed. */
export function createId(prefix: 'ins' | 'ver'): string {
  return `${prefix}_${randomBytes(10).toString('hex')}`
}

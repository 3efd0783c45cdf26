import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import { readSecretKey } from '../../store/store.ts'
import type { Finding, Setup } from '../finding.ts'

const check = 'secret key'

/** The key that secrets are sealed with: whether it is one, and who may read it. */
export async function checkSecretKey({ config: { home, secretKey } }: Pick<Setup, 'config'>): Promise<Finding> {
  const file = join(home, 'secret.key')
  try {
    if (!(await readSecretKey(home, secretKey)))
      return { check, state: 'skipped', message: `the first start of offhook serve makes ${file}` }
  } catch (error) {
    const fix = 'put 32 bytes there (openssl rand -hex 32); with another key, secrets that were sealed cannot be opened'
    return { check, state: 'failed', message: messageOf(error), fix }
  }
  if (secretKey !== undefined) return { check, state: 'ok', message: 'from OFFHOOK_SECRET_KEY' }
  const { mode } = await stat(file)
  const shown = (mode & 0o777).toString(8).padStart(4, '0')
  if ((mode & 0o077) === 0) return { check, state: 'ok', message: `${file}, mode ${shown}` }
  return { check, state: 'failed', message: `others may read ${file}: mode ${shown}`, fix: `chmod 600 ${file}` }
}

import { messageOf } from '../lib/errors.ts'
import { checkCertificate } from './checks/certificate.ts'
import { checkClock } from './checks/clock.ts'
import { checkDatabase } from './checks/database.ts'
import { checkEngine } from './checks/engine.ts'
import { checkFolder } from './checks/folder.ts'
import { checkNodeVersion } from './checks/node-version.ts'
import { checkPlivoAccount } from './checks/plivo-account.ts'
import { checkPort } from './checks/port.ts'
import { checkPublicUrl } from './checks/public-url.ts'
import { checkSecretKey } from './checks/secret-key.ts'
import type { Check, Finding, Setup } from './finding.ts'

/** From the machine outwards. */
const checks: readonly Check[] = [
  () => checkNodeVersion(),
  checkFolder,
  checkSecretKey,
  checkDatabase,
  checkPort,
  checkCertificate,
  checkPublicUrl,
  checkClock,
  checkPlivoAccount,
  checkEngine,
]

/** Looks at all that a node needs, at once; tells what was found in a fixed order. */
export async function examine(setup: Setup): Promise<readonly Finding[]> {
  const found = await Promise.all(checks.map((check) => check(setup).catch(broken)))
  return found.flat()
}

/** A check that fails itself is no reason to keep the others back. */
const broken = (error: unknown): Finding => ({
  check: 'doctor',
  state: 'failed',
  message: messageOf(error),
  fix: 'report it: this is a mistake of offhook doctor',
})

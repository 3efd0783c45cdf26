import type { Finding } from '../finding.ts'

const check = 'Node.js'

export async function checkNodeVersion(version = process.versions.node): Promise<Finding> {
  if (Number(version.split('.')[0]) >= 24) return { check, state: 'ok', message: version }
  return { check, state: 'failed', message: `${version} is too old`, fix: 'install Node.js 24 or later' }
}

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of this package: a checkout, or where it was installed. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** A checkout has its sources, which the published package has not. */
export const isCheckout: boolean = existsSync(new URL('../../src/cli/main.ts', import.meta.url))

export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest && 'version' in manifest ? String(manifest.version) : ''
}

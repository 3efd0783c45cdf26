import { ConfigError } from '../config.ts'

/** An error that is the user's to mend. The message says what is wrong and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Written for people as well, and known by name: their classes would bring a whole node along, or the bundler. */
const plainErrors = new Set(['BundleError', 'CertificateError', 'StoreError'])

/** What a person sees of an error: the sentence for those that are theirs to mend, the stack for ours. */
export function describeError(error: unknown): string {
  if (error instanceof UsageError || error instanceof ConfigError) return `offhook: ${error.message}`
  if (error instanceof Error && plainErrors.has(error.name)) return `offhook: ${error.message}`
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `offhook: ${error.message}: set PORT or --port to a free one`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

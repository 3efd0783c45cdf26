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
  if (error instanceof Error && isOfSystem(error)) return `offhook: ${error.message}${remedyFor(error)}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** The system, or a database that lets nobody in, says what is wrong: where in our code it was noticed tells nobody more. */
function isOfSystem(error: Error): error is Error & SystemFacts {
  return 'syscall' in error || ('severity' in error && error.severity === 'FATAL')
}

interface SystemFacts {
  readonly syscall?: unknown
  readonly code?: unknown
  /** Of PostgreSQL. */
  readonly severity?: unknown
}

function remedyFor({ syscall, code, severity }: SystemFacts): string {
  if (code === 'EADDRINUSE') return ': set PORT or --port to a free one'
  if (syscall === 'listen' && code === 'EACCES') return ': set PORT or --port to one that you may use'
  if (syscall === 'listen') return ': set OFFHOOK_HOST to an address of this machine'
  if (syscall === 'getaddrinfo') return ': offhook doctor checks OFFHOOK_HOST and DATABASE_URL'
  return syscall === 'connect' || severity !== undefined ? ': offhook doctor checks DATABASE_URL' : ''
}

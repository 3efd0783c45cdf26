export type StoreErrorCode =
  | 'not-found'
  | 'conflict'
  | 'limit-reached'
  | 'invalid'
  | 'wrong-secret-key'
  | 'newer-database'
  | 'unusable'

/** What a caller of the store can do something about. The message names the thing and the remedy, never a secret. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Somebody was faster, or it is here already. */
export const isConflict = (error: unknown): boolean => error instanceof StoreError && error.code === 'conflict'

const notFound = (what: string): StoreError => new StoreError('not-found', `there is no such ${what}`)

/** The row, or the error that says that there is none. */
export function found<T>(row: T | undefined, what: string): T {
  if (row === undefined) throw notFound(what)
  return row
}

/** SQLite's two codes for a value that must be unique, and PostgreSQL's. */
const uniqueViolations: ReadonlySet<unknown> = new Set([1555, 2067, '23505'])

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && uniqueViolations.has(error.code)

/** SQLite's code for a row that belongs to none, and PostgreSQL's. */
const foreignKeyViolations: ReadonlySet<unknown> = new Set([787, '23503'])

/** Something was to be added to what was deleted meanwhile. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && foreignKeyViolations.has(error.code)

/** Waits for `work`; what it refuses because it exists already becomes a `conflict` with this message. */
export async function orConflict<T>(work: Promise<T>, message: string): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw new StoreError('conflict', message)
  }
}

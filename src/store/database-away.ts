/** SQLite's codes, without what they say more: busy, locked, an I/O error, full, cannot be opened. */
const sqliteCodes: ReadonlySet<number> = new Set([5, 6, 10, 13, 14])

/** PostgreSQL's classes: no connection, no resources, an operator stops it, the system. */
const postgresCodes = /^(08\w{3}|53\w{3}|57P\w\w|58\w{3})$/

/** What the system says of a connection. */
const systemCodes = /^(ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/

/** What `pg` and Kysely say of one, with no code. */
const withoutCode =
  /^Connection terminated|^timeout exceeded when trying to connect$|connection error and is not queryable|^Postgres connection has been discarded$/

/** The database cannot be reached or cannot write now. The same may well go right later, which is no matter of what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'number') return sqliteCodes.has(code % 256)
  if (typeof code === 'string') return postgresCodes.test(code) || systemCodes.test(code)
  return withoutCode.test(error.message)
}

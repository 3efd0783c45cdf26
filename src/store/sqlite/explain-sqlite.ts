import { StoreError } from '../store-error.ts'

/** What to do about SQLite's codes, without what they say more. */
const remedies: Readonly<Record<number, string>> = {
  5: 'another program has it open and writes: stop that one',
  8: 'let it, and its folder, belong to the user that runs the node',
  10: 'look at the disk that it is on',
  11: 'it is damaged: restore a backup into a folder of its own',
  13: 'make room on the disk that it is on',
  14: 'let it be a file, and its folder belong to the user that runs the node',
  26: 'it is damaged, or something else: restore a backup into a folder of its own',
}

/** `path`: of the database. What SQLite says of the file as a whole becomes a `StoreError` that names it, and what to do. */
export function explainSqlite(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const remedy = remedies[codeOf(error) % 256]
  return remedy === undefined
    ? error
    : new StoreError('unusable', `${path}: ${error.message}: ${remedy}`, { cause: error })
}

/** As it comes out of the thread that opened the file, or of a statement. */
function codeOf(error: Error): number {
  if ('errcode' in error) return Number(error.errcode)
  return 'code' in error ? Number(error.code) : 0
}

/** The thread that owns one SQLite connection. `node:sqlite` is synchronous: here it makes nobody's call wait. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../../lib/errors.ts'
import type { Statement, StatementResult, ThreadReply, ThreadRequest, ThreadSettings } from './thread-messages.ts'

const { path, readOnly } = workerData as ThreadSettings
/** For another process that writes. */
const busyTimeoutMs = 15_000
const preparedAtMost = 300

const database = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
if (!readOnly) {
  database.exec('pragma journal_mode = wal')
  // A process that is killed loses nothing; a machine that loses power may lose the last moments, never the order.
  database.exec('pragma synchronous = normal')
}

const prepared = new Map<string, StatementSync>()

function prepare(sql: string): StatementSync {
  const statement = prepared.get(sql) ?? database.prepare(sql)
  // Taken out and put back: the one that was not used for longest is the first.
  prepared.delete(sql)
  prepared.set(sql, statement)
  const [oldest] = prepared.keys()
  if (prepared.size > preparedAtMost && oldest !== undefined) prepared.delete(oldest)
  return statement
}

function run({ sql, parameters }: Statement): StatementResult {
  const statement = prepare(sql)
  const values = parameters as SQLInputValue[]
  if (statement.columns().length > 0) return { rows: statement.all(...values), changes: 0 }
  return { rows: [], changes: Number(statement.run(...values).changes) }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const reply = (message: ThreadReply) => parentPort?.postMessage(message)

parentPort?.on('message', (request: ThreadRequest) => {
  if (request.type === 'close') {
    database.close()
    parentPort?.close()
    return
  }
  try {
    reply({ type: 'result', id: request.id, result: run(request) })
  } catch (error) {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined
    reply({ type: 'failure', id: request.id, message: messageOf(error), code })
  }
})
reply({ type: 'ready' })

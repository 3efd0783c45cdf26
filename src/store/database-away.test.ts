import { expect, test } from 'vitest'
import { isDatabaseAway } from './database-away.ts'
import { StoreError } from './store-error.ts'

const withCode = (message: string, code: unknown) => Object.assign(new Error(message), { code })

test.each([
  ['nobody listens', withCode('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED')],
  ['nobody listens, by any of several addresses', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })],
  ['PostgreSQL starts', withCode('the database system is starting up', '57P03')],
  ['PostgreSQL stops', withCode('terminating connection due to administrator command', '57P01')],
  ['PostgreSQL has no connections left', withCode('sorry, too many clients already', '53300')],
  ['PostgreSQL has no room', withCode('could not extend file', '53100')],
  ['a connection broke', new Error('Connection terminated unexpectedly')],
  ['no connection was made', new Error('timeout exceeded when trying to connect')],
  ['SQLite is locked by another process', withCode('database is locked', 5)],
  ['the disk is full', withCode('database or disk is full', 13)],
  ['the disk fails', withCode('disk I/O error', 10 + 3 * 256)],
])('a database is away when %s', (_, error) => {
  expect(isDatabaseAway(error)).toBe(true)
})

test.each([
  ['a value is there already', withCode('duplicate key value violates unique constraint', '23505')],
  ['a value is there already, in SQLite', withCode('UNIQUE constraint failed', 2067)],
  ['a statement is wrong', withCode('syntax error', '42601')],
  ['a statement was cancelled', withCode('canceling statement due to user request', '57014')],
  ['something is not found', new StoreError('not-found', 'there is no such call')],
  ['a program is wrong', new TypeError('undefined is not a function')],
  ['something else is thrown', 'ECONNREFUSED'],
])('a database is not away when %s', (_, error) => {
  expect(isDatabaseAway(error)).toBe(false)
})

import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { CamelCasePlugin, Kysely, sql } from 'kysely'
import { Pool, types } from 'pg'
import type { Log } from '../lib/log.ts'
import { NulFreeDialect } from './nul-free-dialect.ts'
import type { Schema } from './schema/schema.ts'
import { explainSqlite } from './sqlite/explain-sqlite.ts'
import { SqliteDialect } from './sqlite/sqlite-dialect.ts'
import { SqliteThread } from './sqlite/sqlite-thread.ts'
import type { ThreadSettings } from './sqlite/thread-messages.ts'
import { StoreError } from './store-error.ts'

export type Database = Kysely<Schema>

/** The store's connections, whichever database is behind them. */
export interface Databases extends AsyncDisposable {
  readonly kind: 'sqlite' | 'postgres'
  /** Reads and writes. */
  readonly main: Database
  /** For lists and searches, which may take long: what `main` does never waits for them. */
  readonly lists: Database
  /** Reads everything as it was at one moment, while others write. */
  snapshot<T>(read: (database: Database) => Promise<T>): Promise<T>
}

const plugins = [new CamelCasePlugin()]

export const sqlitePath = (folder: string): string => join(folder, 'store.sqlite')

/** Opens `store.sqlite` in the folder. Throws `unusable`. */
export async function openSqlite(folder: string): Promise<Databases> {
  const path = sqlitePath(folder)
  for (const place of [folder, path]) await requireWritable(place)
  await using opening = new AsyncDisposableStack()
  const open = async (readOnly: boolean) => opening.use(await openConnection({ path, readOnly }))
  const main = await open(false)
  const lists = await open(true)
  const opened = opening.move()
  return {
    kind: 'sqlite',
    main: main.database,
    lists: lists.database,
    async snapshot(read) {
      await using reader = await openConnection({ path, readOnly: true })
      return await reader.database.connection().execute(async (database) => {
        await sql`begin`.execute(database)
        return read(database)
      })
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** SQLite opens what may only be read as well, and says so at some write, in the midst of something. */
async function requireWritable(place: string): Promise<void> {
  try {
    await access(place, constants.W_OK)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    const message = `${place} cannot be written: let it belong to the user that runs the node`
    throw new StoreError('unusable', message, { cause: error })
  }
}

async function openConnection(settings: ThreadSettings): Promise<AsyncDisposable & { readonly database: Database }> {
  const thread = await SqliteThread.open(settings).catch((error: unknown) => {
    throw explainSqlite(settings.path, error)
  })
  const database = new Kysely<Schema>({ dialect: new SqliteDialect(thread), plugins })
  return {
    database,
    async [Symbol.asyncDispose]() {
      await database.destroy()
      // Kysely destroys nothing that was never used.
      await thread[Symbol.asyncDispose]()
    },
  }
}

/** PostgreSQL's number of its 64-bit integers, which `pg` gives as text; ours all fit a JavaScript number. */
const int8 = 20

/** A network that has gone tells nobody for a quarter of an hour; nothing of ours keeps PostgreSQL silent for so long. */
const longestSilenceMs = 60_000

/** `databaseUrl` is a `postgres://` URL. A statement that gets no answer for `silenceMs` rejects, and its connection is closed. */
export function openPostgres(databaseUrl: string, log: Log, silenceMs = longestSilenceMs): Databases {
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new StoreError('invalid', 'DATABASE_URL must begin with postgres:// (leave it out to use SQLite)')
  }
  const pool = new Pool({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    stream: () => endingSocket(silenceMs),
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : types.getTypeParser(oid, format),
    },
  })
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle connection to PostgreSQL was lost'))
  // One that is in use tells whoever waits for a statement; between two of them nobody listens, and that would end the node.
  pool.on('connect', (client) => client.on('error', () => {}))
  const database = new Kysely<Schema>({ dialect: new NulFreeDialect({ pool }), plugins })
  return {
    kind: 'postgres',
    main: database,
    lists: database,
    snapshot: (read) =>
      database.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read),
    [Symbol.asyncDispose]: () => database.destroy(),
  }
}

function endingSocket(silenceMs: number): Socket {
  const socket = new Socket()
  return socket.setTimeout(silenceMs, () => {
    socket.destroy(new Error(`Connection terminated: PostgreSQL has said nothing for ${silenceMs / 1000} s`))
  })
}

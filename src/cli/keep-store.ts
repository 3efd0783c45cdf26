import { existsSync } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import { silentLog } from '../lib/log.ts'
import { openStore, restoreStore, type StoreLocation } from '../store/store.ts'
import { FailedCommandError } from './failed-command.ts'

/** Rejects with a `FailedCommandError` when there is nothing to back up, or the file cannot be made. */
export async function backUp(config: Config, file: string): Promise<void> {
  const { secretKey, databaseUrl, home } = config
  if (databaseUrl === undefined && !existsSync(join(home, 'store.sqlite'))) {
    throw new FailedCommandError(`${home} has no database: set OFFHOOK_HOME to the folder of the node, or DATABASE_URL`)
  }
  if (existsSync(file)) throw new FailedCommandError(`${file} is there already: give another name`)
  await orSentence(access(dirname(file)))
  await using store = await openStore({ ...locationOf(config), ...(secretKey !== undefined && { secretKey }) })
  await orSentence(store.backUp(file))
}

/** Rejects with a `FailedCommandError` when there is no such file. */
export async function restore(config: Config, file: string): Promise<void> {
  const found = await orSentence(stat(file))
  if (found.isDirectory()) throw new FailedCommandError(`${file} is a folder: name the file of a backup`)
  await restoreStore(locationOf(config), file)
}

/** What the system says of a file is no mistake of ours. */
async function orSentence<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const ofFile = error instanceof Error && 'syscall' in error
    throw ofFile ? new FailedCommandError(messageOf(error), { cause: error }) : error
  })
}

const locationOf = ({ home, databaseUrl }: Config): StoreLocation => ({
  folder: home,
  clock: systemClock,
  log: silentLog,
  ...(databaseUrl !== undefined && { databaseUrl }),
})

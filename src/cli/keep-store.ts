import type { Config } from '../config.ts'
import { systemClock } from '../lib/clock.ts'
import { openStore, restoreStore, type StoreLocation } from '../store/store.ts'
import { createConsoleLog } from './console-log.ts'

export async function backUp(config: Config, file: string): Promise<void> {
  const { secretKey } = config
  await using store = await openStore({ ...locationOf(config), ...(secretKey !== undefined && { secretKey }) })
  await store.backUp(file)
  console.log(`${file} has everything but the key for secrets: keep that apart`)
}

export async function restore(config: Config, file: string): Promise<void> {
  await restoreStore(locationOf(config), file)
  console.log(`${file} is restored; start the node with the key for secrets that it was made with`)
}

const locationOf = ({ home, databaseUrl, logLevel }: Config): StoreLocation => ({
  folder: home,
  clock: systemClock,
  log: createConsoleLog(logLevel),
  ...(databaseUrl !== undefined && { databaseUrl }),
})

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { UsageError } from './describe-error.ts'

/** What `auth login` keeps. */
export interface Credentials {
  /** Base URL of the node, without a slash at the end. */
  readonly url: string
  readonly token: string
  /** Of a log-in with a browser: what it is renewed with, and when that is due, in milliseconds since the epoch. */
  readonly refreshToken?: string
  readonly tokenExpiresAt?: number
  readonly organization?: string
}

/** `OFFHOOK_CREDENTIALS`, or a file in the user's own folder. */
export const credentialsPath = (): string =>
  process.env['OFFHOOK_CREDENTIALS'] || join(homedir(), '.config', 'offhook', 'credentials.json')

/** Undefined: there are none. Throws a `UsageError` when the file cannot be read as such. */
export async function readCredentials(): Promise<Credentials | undefined> {
  const path = credentialsPath()
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : parseCredentials(text, path)
}

/** Only its owner may read the file: it holds a token. */
export async function writeCredentials(credentials: Credentials): Promise<void> {
  const path = credentialsPath()
  const unfinished = `${path}.${process.pid}.part`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(unfinished, `${JSON.stringify(credentials, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(unfinished, path)
}

export const removeCredentials = (): Promise<void> => rm(credentialsPath(), { force: true })

function parseCredentials(text: string, path: string): Credentials {
  const bad = new UsageError(`${path} holds no credentials of offhook: remove it, or set OFFHOOK_CREDENTIALS`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw bad
  }
  if (typeof value !== 'object' || value === null) throw bad
  const fields = value as Partial<Record<keyof Credentials, unknown>>
  const { url, token, refreshToken, tokenExpiresAt, organization } = fields
  if (typeof url !== 'string' || typeof token !== 'string') throw bad
  return {
    url,
    token,
    ...(typeof refreshToken === 'string' && { refreshToken }),
    ...(typeof tokenExpiresAt === 'number' && { tokenExpiresAt }),
    ...(typeof organization === 'string' && { organization }),
  }
}

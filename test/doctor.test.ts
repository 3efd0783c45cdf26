import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { checkCertificate } from '../src/doctor/checks/certificate.ts'
import { checkDatabase } from '../src/doctor/checks/database.ts'
import { checkFolder } from '../src/doctor/checks/folder.ts'
import { checkNodeVersion } from '../src/doctor/checks/node-version.ts'
import { checkSecretKey } from '../src/doctor/checks/secret-key.ts'
import { systemClock } from '../src/lib/clock.ts'
import { createCertificate } from './support/certificate.ts'
import { offhook } from './support/offhook-command.ts'
import { describeStores, StorePlace } from './support/stores.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const configOf = (environment: Record<string, string>) => ({ config: readConfig(environment) })

/** Runs with a folder of the node's own. */
async function withHome(run: (home: string) => Promise<void>): Promise<void> {
  await using folder = await TemporaryFolder.create()
  await run(folder.path)
}

test('Node.js must be 24 or later', async () => {
  expect(await checkNodeVersion('22.11.0')).toMatchObject({ state: 'failed' })
  expect(await checkNodeVersion('24.0.0')).toMatchObject({ state: 'ok' })
})

describe('the folder', () => {
  test('has room, or will be made in one that has', () =>
    withHome(async (home) => {
      expect(await checkFolder(configOf({ OFFHOOK_HOME: join(home, 'to', 'come') }))).toMatchObject({ state: 'ok' })
    }))

  test('must be one that can be written to', () =>
    withHome(async (home) => {
      await writeFile(join(home, 'file'), '')
      const found = await checkFolder(configOf({ OFFHOOK_HOME: join(home, 'file', 'sub') }))
      expect(found).toMatchObject({ state: 'failed', fix: expect.stringContaining('OFFHOOK_HOME') })
    }))
})

describe('the secret key', () => {
  const key = 'ab'.repeat(32)

  test('is made at the first start: the doctor makes none', () =>
    withHome(async (home) => {
      expect(await checkSecretKey(configOf({ OFFHOOK_HOME: home }))).toMatchObject({ state: 'skipped' })
      await expect(stat(join(home, 'secret.key'))).rejects.toThrow(/ENOENT/)
    }))

  test('is for its owner only', () =>
    withHome(async (home) => {
      const file = join(home, 'secret.key')
      await writeFile(file, `${key}\n`)
      await chmod(file, 0o644)
      expect(await checkSecretKey(configOf({ OFFHOOK_HOME: home }))).toMatchObject({
        state: 'failed',
        fix: `chmod 600 ${file}`,
      })
      await chmod(file, 0o600)
      expect(await checkSecretKey(configOf({ OFFHOOK_HOME: home }))).toMatchObject({ state: 'ok' })
    }))

  test('must be one, and is never shown', async () => {
    const good = await checkSecretKey(configOf({ OFFHOOK_SECRET_KEY: key }))
    expect(good).toMatchObject({ state: 'ok' })
    expect(JSON.stringify(good)).not.toContain(key)
    expect(await checkSecretKey(configOf({ OFFHOOK_SECRET_KEY: 'hello' }))).toMatchObject({ state: 'failed' })
  })
})

describeStores((kind) => {
  test('the database takes writes and is up to date, and is left as it was', async () => {
    await using place = await StorePlace.create(kind)
    const { folder, databaseUrl } = place.location
    const environment = { OFFHOOK_HOME: folder, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) }
    await place.open()
    for (let i = 0; i < 2; i++) {
      expect(await checkDatabase(configOf(environment))).toMatchObject({
        state: 'ok',
        message: expect.stringMatching(/takes writes; up to date/),
      })
    }
  })
})

describe('the database', () => {
  test('that is not there yet is made at the first start: the doctor makes none', () =>
    withHome(async (home) => {
      expect(await checkDatabase(configOf({ OFFHOOK_HOME: home }))).toMatchObject({ state: 'skipped' })
      await expect(stat(join(home, 'store.sqlite'))).rejects.toThrow(/ENOENT/)
    }))

  test('that is none, or of a newer Offhook, is told', () =>
    withHome(async (home) => {
      const file = join(home, 'store.sqlite')
      await writeFile(file, 'this is no database, and long enough to be looked at '.repeat(100))
      expect(await checkDatabase(configOf({ OFFHOOK_HOME: home }))).toMatchObject({ state: 'failed' })
      await writeFile(file, '')
      using database = new DatabaseSync(file)
      database.exec(
        `create table migrations (name text, applied_at integer); insert into migrations values ('9999-x', 1)`,
      )
      expect(await checkDatabase(configOf({ OFFHOOK_HOME: home }))).toMatchObject({
        state: 'failed',
        message: expect.stringContaining('9999-x'),
      })
    }))

  test('that is not reached is told without its password', async () => {
    const found = await checkDatabase(configOf({ DATABASE_URL: 'postgres://offhook:pass-word@127.0.0.1:1/calls' }))
    expect(found).toMatchObject({ state: 'failed', message: expect.stringContaining('127.0.0.1:1/calls') })
    expect(JSON.stringify(found)).not.toContain('pass-word')
  })
})

describe('the certificate', () => {
  const look = async (home: string, { days = 90, mode = 0o600, url = 'https://voice.example.com' } = {}) => {
    const files = createCertificate('voice.example.com', new Date(Date.now() + (days + 0.5) * 86_400_000))
    const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')]
    await writeFile(cert, files.cert)
    await writeFile(key, files.key)
    await chmod(key, mode)
    const environment = { OFFHOOK_TLS_CERT: cert, OFFHOOK_TLS_KEY: key, OFFHOOK_PUBLIC_URL: url }
    return checkCertificate({ ...configOf(environment), clock: systemClock })
  }

  test.each([
    [{}, 'ok', /until \d{4}-/],
    [{ days: 3 }, 'warning', /3 days/],
    [{ days: -2 }, 'failed', /expired/],
    [{ url: 'https://other.example.com' }, 'failed', /not for other\.example\.com/],
    [{ mode: 0o644 }, 'warning', /anybody may read/],
  ] as const)('with %o: %s', (with_, state, message) =>
    withHome(async (home) => {
      expect(await look(home, with_)).toMatchObject({ state, message: expect.stringMatching(message) })
    }),
  )

  test('that cannot be read is told, and none is no fault', () =>
    withHome(async (home) => {
      const nowhere = join(home, 'nowhere.pem')
      const files = configOf({ OFFHOOK_TLS_CERT: nowhere, OFFHOOK_TLS_KEY: nowhere })
      expect(await checkCertificate({ ...files, clock: systemClock })).toMatchObject({ state: 'failed' })
      expect(await checkCertificate({ ...configOf({}), clock: systemClock })).toMatchObject({ state: 'skipped' })
    }))
})

describe('offhook doctor', () => {
  const environment = (home: string, more: Record<string, string | undefined> = {}) => ({
    environment: {
      OFFHOOK_HOME: home,
      PORT: '0',
      PLIVO_API_URL: 'http://127.0.0.1:1',
      PLIVO_AUTH_ID: undefined,
      ...more,
    },
  })

  test('says what is wrong and what to do, and exits with 1', () =>
    withHome(async (home) => {
      const { code, stdout, stderr } = await offhook(['doctor'], environment(home, { PLIVO_AUTH_TOKEN: undefined }))
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
      expect(stdout).toMatch(/^✗ Plivo account .*\n +fix: set PLIVO_AUTH_TOKEN/m)
      expect(stdout).toMatch(/^1 to mend\.$/m)
      expect(stdout).not.toContain('\u001b')
    }))

  test('exits with 0 when nothing is to be mended, and tells programs in JSON', () =>
    withHome(async (home) => {
      const { code, stdout } = await offhook(['doctor', '--json'], environment(home, { PLIVO_AUTH_TOKEN: 'x' }))
      const { healthy, findings } = JSON.parse(stdout) as { healthy: boolean; findings: { check: string }[] }
      expect({ code, healthy }).toEqual({ code: 0, healthy: true })
      expect(findings.map(({ check }) => check)).toEqual(
        expect.arrayContaining(['Node.js', 'database', 'clock', 'port']),
      )
    }))

  test('exits with 2 for a setting that cannot be read', () =>
    withHome(async (home) => {
      const { code, stderr } = await offhook(['doctor'], environment(home, { OFFHOOK_MAX_CALLS: 'many' }))
      expect(code).toBe(2)
      expect(stderr).toMatch(/^offhook: OFFHOOK_MAX_CALLS/)
    }))
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createCertificate } from '../../test/support/certificate.ts'
import { CollectedLog } from '../../test/support/collected-log.ts'
import { patience } from '../../test/support/patience.ts'
import { TemporaryFolder } from '../../test/support/temporary-folder.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { type Certificate, CertificateFiles, readCertificate } from './certificate-files.ts'

const one = createCertificate('one.example.com')
const two = createCertificate('two.example.com')
const expired = createCertificate('old.example.com', new Date(Date.now() - 86_400_000))

interface Files {
  readonly paths: { readonly cert: string; readonly key: string }
  readonly write: (files: { readonly cert?: string; readonly key?: string }) => Promise<void>
}

async function withFiles(run: (files: Files) => Promise<void>): Promise<void> {
  await using folder = await TemporaryFolder.create()
  const paths = { cert: join(folder.path, 'fullchain.pem'), key: join(folder.path, 'privkey.pem') }
  await run({
    paths,
    async write({ cert, key }) {
      if (cert !== undefined) await writeFile(paths.cert, cert)
      if (key !== undefined) await writeFile(paths.key, key)
    },
  })
}

describe('a certificate that is no good', () => {
  test.each([
    ['is not there', { key: one.key }, /the certificate cannot be read.*fullchain\.pem/],
    ['has no key', { cert: one.cert }, /the key cannot be read.*privkey\.pem/],
    ['is no certificate', { cert: 'hello', key: one.key }, /fullchain\.pem is no certificate in PEM/],
    ['has no private key in its key file', { cert: one.cert, key: one.cert }, /privkey\.pem is no private key in PEM/],
    ['has the key of another', { cert: one.cert, key: two.key }, /privkey\.pem is not the key of .*fullchain\.pem/],
  ])('because it %s is refused', (_why, files, message) =>
    withFiles(async ({ paths, write }) => {
      await write(files)
      await expect(readCertificate(paths)).rejects.toMatchObject({
        name: 'CertificateError',
        message: expect.stringMatching(message) as string,
      })
    }),
  )
})

describe('the files of a certificate', () => {
  const follow = async ({ paths }: Files) => {
    const clock = new ManualClock(Date.now())
    const log = new CollectedLog()
    const renewed: Certificate[] = []
    const files = await CertificateFiles.open({ paths, clock, log, onRenewed: (next) => renewed.push(next) })
    return { clock, log, renewed, files }
  }

  test('say which names they are for', () =>
    withFiles(async (files) => {
      await files.write(one)
      expect((await readCertificate(files.paths)).names).toEqual(['one.example.com'])
    }))

  test('are looked at every ten seconds, and new ones are served with', () =>
    withFiles(async (files) => {
      await files.write(one)
      const { clock, log, renewed, files: followed } = await follow(files)
      using _followed = followed
      await files.write(two)
      clock.advance(10_000)
      await expect.poll(() => renewed.map(({ names }) => names), patience).toEqual([['two.example.com']])
      expect(log.all('a new certificate is served with')).toHaveLength(1)
      await expect.poll(() => clock.pending, patience).toBe(1)
    }))

  test.each([
    ['that are no certificate', { cert: 'half writ' }],
    ['of which only one has been renewed', { cert: two.cert }],
    ['that have expired', expired],
  ])('%s leave the old ones in place, and the log says so once', (_which, bad) =>
    withFiles(async (files) => {
      await files.write(one)
      const { log, renewed, files: followed } = await follow(files)
      using _followed = followed
      await files.write(bad)
      await followed.reload()
      await followed.reload()
      expect(renewed).toEqual([])
      expect(followed.current.names).toEqual(['one.example.com'])
      expect(log.all('the new certificate is no good: the one before stays')).toHaveLength(1)
      await files.write(two)
      await followed.reload()
      expect(followed.current.names).toEqual(['two.example.com'])
    }),
  )

  test('are let alone once nobody follows them', () =>
    withFiles(async (files) => {
      await files.write(one)
      const { clock, files: followed } = await follow(files)
      followed[Symbol.dispose]()
      expect(clock.pending).toBe(0)
    }))
})

import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { dial } from '../src/simulator/index.ts'
import { createCertificate } from './support/certificate.ts'
import { KillableServe } from './support/killable-serve.ts'
import { offhook } from './support/offhook-command.ts'
import { patience } from './support/patience.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const trusted = tls.getCACertificates('default')
afterEach(() => tls.setDefaultCACertificates(trusted))

/** What a node shows to whoever connects. */
const shownAt = (port: number): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256)
      socket.destroy()
    })
    socket.once('error', reject)
  })

const fingerprintOf = ({ cert }: { cert: string }) => new X509Certificate(cert).fingerprint256

test('a node with a certificate takes calls over https and wss, and a renewed certificate without a new start', async () => {
  await using folder = await TemporaryFolder.create()
  const home = join(folder.path, 'home')
  const cert = join(folder.path, 'fullchain.pem')
  const key = join(folder.path, 'privkey.pem')
  const [first, second] = [createCertificate('localhost'), createCertificate('localhost')]
  const write = async (files: { cert: string; key: string }) => {
    await writeFile(cert, files.cert)
    await writeFile(key, files.key)
  }
  await write(first)
  const environment = { OFFHOOK_TLS_CERT: cert, OFFHOOK_TLS_KEY: key, PLIVO_AUTH_TOKEN: 'of-the-account' }
  await using node = await KillableServe.start(home, environment)
  const [, url = ''] = /serves (https:\S+)/.exec(node.output) ?? []
  const port = Number(new URL(url).port)
  expect(url).toBe(`https://localhost:${port}`)
  expect(await shownAt(port)).toBe(fingerprintOf(first))

  const { token, organization } = node.owner
  const shell = { OFFHOOK_HOME: home, OFFHOOK_URL: url, OFFHOOK_TOKEN: token, NODE_EXTRA_CA_CERTS: cert }
  const deployed = await offhook(['deploy', 'examples/echo.ts', '--yes'], { environment: shell })
  expect(deployed).toMatchObject({ code: 0, stdout: expect.stringContaining(`${url}/plivo-xml?agent=echo`) })

  tls.setDefaultCACertificates([...trusted, first.cert])
  const samples = Int16Array.from({ length: 4000 }, (_, n) => 9000 * Math.sin(n / 3))
  const call = dial({
    answerUrl: `${url}/plivo-xml?agent=echo&org=${organization}`,
    authTokens: ['of-the-account'],
    caller: [{ do: 'speak', audio: { samples, sampleRateHz: 8000 } }, { do: 'wait-for-quiet' }, { do: 'hang-up' }],
  })
  const { heard } = await call.ended
  expect(Math.max(...heard.samples)).toBeGreaterThan(8000)

  // Commands on this machine need no certificate.
  const dialled = await offhook(['dial', 'echo', '--press', '#'], { environment: { OFFHOOK_HOME: home } })
  expect(dialled).toMatchObject({ code: 0, stderr: '' })

  await write(second)
  node.signal('SIGHUP')
  await expect.poll(() => shownAt(port), patience).toBe(fingerprintOf(second))
  await writeFile(cert, 'half a certifi')
  node.signal('SIGHUP')
  await expect.poll(() => node.output, patience).toContain('the new certificate is no good: the one before stays')
  expect(await shownAt(port)).toBe(fingerprintOf(second))
})

test('a certificate that cannot be served with ends the start with a sentence', async () => {
  await using folder = await TemporaryFolder.create()
  const nowhere = join(folder.path, 'nowhere.pem')
  const environment = { OFFHOOK_HOME: folder.path, PORT: '0' }
  const files = { OFFHOOK_TLS_CERT: nowhere, OFFHOOK_TLS_KEY: nowhere }
  const absent = await offhook(['serve'], { environment: { ...environment, ...files } })
  expect(absent.code).toBe(1)
  expect(absent.stderr).toMatch(/^offhook: the certificate cannot be read: .*nowhere\.pem/)
  expect(absent.stderr.trim().split('\n')).toHaveLength(1)
  const half = await offhook(['serve'], { environment: { ...environment, OFFHOOK_TLS_CERT: nowhere } })
  expect(half.stderr).toContain('OFFHOOK_TLS_KEY is missing')
})

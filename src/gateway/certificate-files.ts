import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { Clock, Timer } from '../lib/clock.ts'
import { messageOf } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/** Paths of files in PEM: the certificate with those that vouch for it behind, and its private key. */
export interface CertificatePaths {
  readonly cert: string
  readonly key: string
}

/** Files that cannot be served with. The message names the file and says what is wrong. */
class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

export interface Certificate {
  readonly cert: string
  readonly key: string
  /** DNS names that it is for, as they stand in it. */
  readonly names: readonly string[]
  readonly validTo: Date
}

/** Those who renew certificates write them weeks before they are needed. */
const lookEveryMs = 10_000

/** Reads both files and checks that they belong together. Rejects with a `CertificateError`. */
export async function readCertificate({ cert, key }: CertificatePaths): Promise<Certificate> {
  const certText = await readText(cert, 'the certificate')
  const keyText = await readText(key, 'the key')
  const parsed = parsing(() => new X509Certificate(certText), `${cert} is no certificate in PEM`)
  const privateKey = parsing(() => createPrivateKey(keyText), `${key} is no private key in PEM without a passphrase`)
  if (!parsed.checkPrivateKey(privateKey)) throw new CertificateError(`${key} is not the key of ${cert}`)
  parsing(() => createSecureContext({ cert: certText, key: keyText }), `${cert} cannot be served with`)
  const names = (parsed.subjectAltName ?? '').split(', ').flatMap((name) => /^DNS:(.+)$/.exec(name)?.[1] ?? [])
  return { cert: certText, key: keyText, names, validTo: new Date(parsed.validTo) }
}

interface CertificateFilesOptions {
  readonly paths: CertificatePaths
  readonly clock: Clock
  readonly log: Log
  /** Gets what is to be served with from now on. */
  readonly onRenewed: (certificate: Certificate) => void
}

/** Follows the files of a certificate. New ones that are no good change nothing: the log says why. */
export class CertificateFiles implements Disposable {
  readonly #options: CertificateFilesOptions
  #current: Certificate
  #problem = ''
  #timer: Timer | undefined
  #disposed = false

  private constructor(options: CertificateFilesOptions, current: Certificate) {
    this.#options = options
    this.#current = current
    this.#lookLater()
  }

  /** Rejects with a `CertificateError` when the files are no good. */
  static async open(options: CertificateFilesOptions): Promise<CertificateFiles> {
    const certificate = await readCertificate(options.paths)
    const { clock, log, paths } = options
    if (certificate.validTo.getTime() < clock.now())
      log.error({ file: paths.cert, since: certificate.validTo }, 'the certificate has expired: renew it')
    return new CertificateFiles(options, certificate)
  }

  get current(): Certificate {
    return this.#current
  }

  /** Looks at once. */
  async reload(): Promise<void> {
    const { paths, clock, log, onRenewed } = this.#options
    try {
      const found = await readCertificate(paths)
      if (this.#disposed || (found.cert === this.#current.cert && found.key === this.#current.key)) return
      if (found.validTo.getTime() < clock.now()) throw new CertificateError(`${paths.cert} has expired`)
      this.#current = found
      this.#problem = ''
      onRenewed(found)
      log.info({ file: paths.cert, validTo: found.validTo, names: found.names }, 'a new certificate is served with')
    } catch (error) {
      const problem = messageOf(error)
      // Once: it may stay so until somebody comes.
      if (problem !== this.#problem)
        log.error({ problem, validTo: this.#current.validTo }, 'the new certificate is no good: the one before stays')
      this.#problem = problem
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.#timer?.cancel()
  }

  #lookLater(): void {
    this.#timer = this.#options.clock.after(lookEveryMs, () => {
      void this.reload().then(() => {
        if (!this.#disposed) this.#lookLater()
      })
    })
  }
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new CertificateError(`${what} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

function parsing<T>(parse: () => T, problem: string): T {
  try {
    return parse()
  } catch (error) {
    throw new CertificateError(`${problem}: ${messageOf(error)}`, { cause: error })
  }
}

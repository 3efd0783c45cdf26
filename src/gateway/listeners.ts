import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { CertificateFiles, type CertificatePaths } from './certificate-files.ts'

export interface ListenersOptions {
  readonly port: number
  readonly host: string
  /** Default: no TLS; a proxy may have it. */
  readonly tls?: CertificatePaths | undefined
  /** A second address, for this machine only and without TLS. */
  readonly local: boolean
  /** Serves what comes in. */
  readonly attach: (...servers: Server[]) => void
  readonly clock: Clock
  readonly log: Log
}

const serving: ServerOptions = {
  // Bots and build contexts take their time over a slow line; whatever else comes is short, and limited in length.
  headersTimeout: 10_000,
  requestTimeout: 900_000,
  // Some HTTP clients offer h2c with every request, and may be answered as if they had not.
  shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
}

/** Where a node listens. */
export class Listeners implements AsyncDisposable {
  readonly #main: Server
  readonly #local: Server | undefined
  readonly #certificate: CertificateFiles | undefined

  private constructor(main: Server, local: Server | undefined, certificate: CertificateFiles | undefined) {
    this.#main = main
    this.#local = local
    this.#certificate = certificate
  }

  /** Rejects when a port is taken, or with a `CertificateError`. */
  static async open({ port, host, tls, local, attach, clock, log }: ListenersOptions): Promise<Listeners> {
    const listeners = tls
      ? await Listeners.#secure(tls, local, { clock, log })
      : new Listeners(createServer(serving), local ? createServer(serving) : undefined, undefined)
    try {
      attach(...listeners.#servers)
      await listen(listeners.#main, port, host)
      if (listeners.#local) await listen(listeners.#local, 0, '127.0.0.1')
      return listeners
    } catch (error) {
      await listeners[Symbol.asyncDispose]()
      throw error
    }
  }

  static async #secure(
    paths: CertificatePaths,
    local: boolean,
    parts: Pick<ListenersOptions, 'clock' | 'log'>,
  ): Promise<Listeners> {
    const main = createSecureServer(serving)
    const files = await CertificateFiles.open({
      ...parts,
      paths,
      onRenewed: (renewed) => main.setSecureContext(renewed),
    })
    main.setSecureContext(files.current)
    return new Listeners(main, local ? createServer(serving) : undefined, files)
  }

  get port(): number {
    return portOf(this.#main)
  }

  /** Base URL that programs on this machine use. */
  get localUrl(): string {
    return `http://127.0.0.1:${portOf(this.#local ?? this.#main)}`
  }

  /** Whether a request came in at the address for this machine only. */
  isLocal(port: number | undefined): boolean {
    return this.#local !== undefined && port === portOf(this.#local)
  }

  /** Base URL by the names of the certificate; undefined without TLS. */
  get secureUrl(): string | undefined {
    if (!this.#certificate) return undefined
    const name = this.#certificate.current.names.find((one) => !one.includes('*')) ?? '127.0.0.1'
    return `https://${name}${this.port === 443 ? '' : `:${this.port}`}`
  }

  /** Reads the certificate's files again. */
  async reloadCertificate(): Promise<void> {
    await this.#certificate?.reload()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#certificate?.[Symbol.dispose]()
    await Promise.all(this.#servers.map(close))
  }

  get #servers(): readonly Server[] {
    return this.#local ? [this.#main, this.#local] : [this.#main]
  }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

const listen = (server: Server, port: number, host: string) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { openRestApi, type RestApi, type RestApiOptions } from './rest-api.ts'

export interface SimulatorServerOptions extends Omit<RestApiOptions, 'publicUrl'> {
  /** Default 0: any free port. */
  readonly port?: number
  /** Default 127.0.0.1: the simulator's own API asks for no credentials. */
  readonly host?: string
  /** Where others reach it, if not at host and port; recordings are fetched there. No slash at the end. */
  readonly publicUrl?: string
}

/**
 * Plivo on your own machine: one HTTP server with the Voice REST API, recordings, and the simulator's own API. Without a
 * folder for recordings there is one beside the data file, or a temporary one. Disposing of it hangs up every call and
 * leaves nothing behind.
 */
export class SimulatorServer implements AsyncDisposable {
  readonly api: RestApi
  /** Base URL without a slash at the end; the REST API is at `{url}/v1/Account/{auth_id}/`. */
  readonly url: string
  readonly #parts: AsyncDisposable

  private constructor(api: RestApi, url: string, parts: AsyncDisposable) {
    this.api = api
    this.url = url
    this.#parts = parts
  }

  /** @throws Error when the port is taken, or the data file cannot be read. */
  static async start({ port = 0, host = '127.0.0.1', ...options }: SimulatorServerOptions): Promise<SimulatorServer> {
    await using parts = new AsyncDisposableStack()
    const recordingsFolder = keptFolder(options) ?? (await openTemporaryFolder(parts))
    let url = ''
    const publicUrl = () => options.publicUrl ?? url
    const api = await openRestApi({ ...options, recordingsFolder, publicUrl })
    const listener = getRequestListener(api.fetch, { overrideGlobalObjects: false })
    const http = createServer((request, response) => void listener(request, response))
    parts.defer(() => close(http))
    // Ends first: customers are still told of the calls that this hangs up.
    parts.use(api)
    http.listen(port, host)
    await once(http, 'listening')
    url = urlOf(http, host)
    return new SimulatorServer(api, url, parts.move())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]()
  }
}

const keptFolder = ({ recordingsFolder, dataFile }: SimulatorServerOptions): string | undefined =>
  recordingsFolder ?? (dataFile === undefined ? undefined : join(dirname(dataFile), 'recordings'))

async function openTemporaryFolder(parts: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-recordings-'))
  parts.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function close(http: Server): Promise<void> {
  if (!http.listening) return
  const closed = once(http, 'close')
  http.close()
  http.closeAllConnections()
  await closed
}

function urlOf(http: Server, host: string): string {
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
}

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { engineForTests } from './engine.ts'

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

interface Blob {
  readonly mediaType: string
  readonly size: number
  readonly digest: string
}

interface Described {
  readonly config: Readonly<Record<string, unknown>>
}

interface Credentials {
  readonly username: string
  readonly password: string
}

/** A registry with one private image, for engines: they take plain HTTP from 127.0.0.1. */
export class TinyRegistry implements AsyncDisposable {
  /** What `Authorization` was sent, as often as it was. */
  readonly shown: string[] = []
  readonly #folder: string
  readonly #wanted: string
  readonly #manifest: Buffer
  readonly #files = new Map<string, string>()
  readonly #server = createServer((request, response) => this.#answer(request, response))

  private constructor(
    folder: string,
    { username, password }: Credentials,
    manifest: Buffer,
    files: Map<string, string>,
  ) {
    this.#folder = folder
    this.#wanted = basic(username, password)
    this.#manifest = manifest
    this.#files = files
  }

  /** Serves an image that the engine has. */
  static async start(image: string, credentials: Credentials): Promise<TinyRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-registry-'))
    const archive = join(folder, 'image.tar')
    await pipeline(await engineForTests().getImage(image).get(), createWriteStream(archive))
    execFileSync('tar', ['-C', folder, '-xf', archive])
    const [saved] = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as [
      { Config: string; Layers: string[] },
    ]
    const files = new Map<string, string>()
    const blob = async (name: string, mediaType: string): Promise<Blob> => {
      const path = join(folder, name)
      const digest = await digestOf(path)
      files.set(digest, path)
      return { mediaType, size: (await stat(path)).size, digest }
    }
    // An image of its own: one that came from a registry is treated otherwise than one that was made here.
    const { config: settings, ...described } = JSON.parse(
      await readFile(join(folder, saved.Config), 'utf8'),
    ) as Described
    const labelled = { ...described, config: { ...settings, Labels: { 'served.by': 'a registry' } } }
    await writeFile(join(folder, saved.Config), JSON.stringify(labelled))
    const config = await blob(saved.Config, 'application/vnd.docker.container.image.v1+json')
    const layers: Blob[] = []
    for (const layer of saved.Layers) layers.push(await blob(layer, 'application/vnd.docker.image.rootfs.diff.tar'))
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers }))
    const registry = new TinyRegistry(folder, credentials, manifest, files)
    registry.#server.listen(0, '127.0.0.1')
    await once(registry.#server, 'listening')
    return registry
  }

  /** `127.0.0.1:5000`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get image(): string {
    return `${this.host}/private/bot:1`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  #answer({ url = '', headers: { authorization }, method }: IncomingMessage, response: ServerResponse): void {
    if (authorization !== undefined) this.shown.push(authorization)
    if (authorization !== this.#wanted) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="tiny"', 'content-type': 'application/json' })
      response.end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}')
      return
    }
    const file = this.#files.get(url.split('/blobs/')[1] ?? '')
    if (url === '/v2/') response.end('{}')
    else if (file !== undefined) createReadStream(file).pipe(response)
    else if (url.startsWith('/v2/private/bot/manifests/')) {
      const digest = `sha256:${createHash('sha256').update(this.#manifest).digest('hex')}`
      response.writeHead(200, {
        'content-type': manifestType,
        'content-length': this.#manifest.length,
        'docker-content-digest': digest,
      })
      response.end(method === 'HEAD' ? undefined : this.#manifest)
    } else response.writeHead(404).end()
  }
}

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return `sha256:${hash.digest('hex')}`
}

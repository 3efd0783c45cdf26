import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Clock, Timer } from '../../lib/clock.ts'
import { multipartFile, UploadError } from './multipart-file.ts'

export interface ShelvedFile {
  readonly path: string
  readonly sizeBytes: number
  /** As Pipecat Cloud's tools know a context: the first 16 hexadecimal digits of its MD5. */
  readonly contextHash: string
}

interface UploadShelfOptions {
  readonly folder: string
  /** Of one file. */
  readonly maxBytes: number
  readonly clock: Clock
}

interface Keeping {
  readonly owner: string
  /** How long a file is kept that nobody claims. */
  readonly keptMs: number
}

/** Of one owner, those that arrive and those that are being built among them. */
const mostFiles = 10

/** Build contexts on their way from a client to a build. */
export class UploadShelf implements Disposable {
  readonly #folder: string
  readonly #maxBytes: number
  readonly #clock: Clock
  /** Files that nobody has claimed yet, and when they are removed. */
  readonly #waiting = new Map<string, Timer>()
  readonly #owners = new Map<string, string>()

  constructor({ folder, maxBytes, clock }: UploadShelfOptions) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#clock = clock
  }

  /** Files of an earlier life are nobody's any more. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
  }

  /** Takes the file of an upload, and has it until it is claimed, or for `keptMs`. Rejects with an `UploadError`. */
  async take(request: Request, { owner, keptMs }: Keeping): Promise<ShelvedFile> {
    if (!request.body) throw new UploadError(400, 'the request has no body')
    if ([...this.#owners.values()].filter((other) => other === owner).length >= mostFiles)
      throw new UploadError(429, `at most ${mostFiles} contexts may wait for their builds: try again when one is done`)
    const path = join(this.#folder, randomUUID())
    this.#owners.set(path, owner)
    const hash = createHash('md5')
    const maxBytes = this.#maxBytes
    let sizeBytes = 0
    const measured = async function* (pieces: AsyncIterable<Uint8Array>) {
      for await (const piece of pieces) {
        sizeBytes += piece.length
        if (sizeBytes > maxBytes) throw new UploadError(413, `a build context may have ${maxBytes / 1024 ** 2} MB`)
        hash.update(piece)
        yield piece
      }
    }
    const written = createWriteStream(path, { mode: 0o600 })
    try {
      const file = multipartFile(request.headers.get('content-type'), request.body)
      await pipeline(measured(file), written)
    } catch (error) {
      // One that is still being opened would be there again behind its removal.
      if (!written.closed) await new Promise<void>((resolve) => written.once('close', resolve))
      await this.remove(path)
      throw error
    }
    this.#waiting.set(
      path,
      this.#clock.after(keptMs, () => void this.remove(path)),
    )
    return { path, sizeBytes, contextHash: hash.digest('hex').slice(0, 16) }
  }

  /** From now on the file is the caller's to remove. False: it is not here, or is somebody's already. */
  claim(path: string): boolean {
    this.#waiting.get(path)?.cancel()
    return this.#waiting.delete(path)
  }

  /** Never rejects: what cannot be removed now goes when the node starts. */
  async remove(path: string): Promise<void> {
    this.claim(path)
    this.#owners.delete(path)
    await rm(path, { force: true }).catch(() => undefined)
  }

  /** Files that wait stay until the node starts. */
  [Symbol.dispose](): void {
    for (const timer of this.#waiting.values()) timer.cancel()
  }
}

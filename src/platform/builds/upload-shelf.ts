import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { multipartFile, UploadError } from './multipart-file.ts'

export interface ShelvedFile {
  readonly path: string
  readonly sizeBytes: number
  /** As Pipecat Cloud's tools know a context: the first 16 hexadecimal digits of its MD5. */
  readonly contextHash: string
}

/** Build contexts on their way from a client to a build. */
export class UploadShelf {
  readonly #folder: string
  readonly #maxBytes: number

  constructor({ folder, maxBytes }: { folder: string; maxBytes: number }) {
    this.#folder = folder
    this.#maxBytes = maxBytes
  }

  /** Files of an earlier life are nobody's any more. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
  }

  /** Takes the file of an upload. Rejects with an `UploadError`. */
  async take(id: string, request: Request): Promise<ShelvedFile> {
    if (!request.body) throw new UploadError(400, 'the request has no body')
    const path = join(this.#folder, id)
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
    try {
      const file = multipartFile(request.headers.get('content-type'), request.body)
      await pipeline(measured(file), createWriteStream(path, { mode: 0o600 }))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
    return { path, sizeBytes, contextHash: hash.digest('hex').slice(0, 16) }
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true })
  }
}

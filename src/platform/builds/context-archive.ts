import { createReadStream } from 'node:fs'
import { pipeline, type Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A build context as the engine takes it: unpacked, and never more than `maxBytes`. Ends with an error when it would be. */
export function openContext(path: string, maxBytes: number): Readable {
  let bytes = 0
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= maxBytes) done(null, chunk)
      else done(new Error(`the build context has more than ${maxBytes / 1024 ** 2} MB when it is unpacked`))
    },
  })
  // Whoever reads it is told of an error by the last stream; where nobody does, it is none.
  limit.on('error', () => {})
  return pipeline(createReadStream(path), createGunzip(), limit, () => undefined)
}

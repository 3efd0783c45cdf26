const lineEnd = '\r\n'
const longestHeadBytes = 64 * 1024
const longestRestBytes = 64 * 1024

/** A request that is no upload of one file. The message is for whoever sent it. */
export class UploadError extends Error {
  override readonly name = 'UploadError'
  /** Of the answer. */
  readonly status: 400 | 413 | 429

  constructor(status: 400 | 413 | 429, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * The content of the part `file` of a multipart form, piece by piece, whatever its length. Fields before it, in any number,
 * are passed over; what comes after it is as well, up to 64 KiB: the connection is good for another request only when all of
 * this one was read. Throws an `UploadError`.
 */
export async function* multipartFile(
  contentType: string | null,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const boundary = /^multipart\/form-data;.*\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? '')
  if (!boundary) throw new UploadError(400, 'content-type must be multipart/form-data with a boundary')
  const end = Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`)
  let waiting: Buffer = Buffer.from(lineEnd)
  let isFile = false
  let restBytes: number | undefined
  for await (const chunk of body) {
    if (restBytes !== undefined) {
      restBytes += chunk.length
      if (restBytes > longestRestBytes) return
      continue
    }
    waiting = Buffer.concat([waiting, chunk])
    if (!isFile) {
      const start = fileStart(waiting, end)
      if (start === undefined) {
        if (waiting.length > longestHeadBytes) throw new UploadError(400, 'there is no field `file` at the beginning')
        continue
      }
      waiting = waiting.subarray(start)
      isFile = true
    }
    const at = waiting.indexOf(end)
    if (at >= 0) {
      yield waiting.subarray(0, at)
      restBytes = waiting.length - at
      continue
    }
    // The last bytes may be the beginning of the boundary.
    const sure = Math.max(0, waiting.length - end.length)
    if (sure > 0) yield waiting.subarray(0, sure)
    waiting = waiting.subarray(sure)
  }
  if (restBytes === undefined) throw new UploadError(400, isFile ? 'the upload broke off' : 'there is no field `file`')
}

/** Where the content of `file` begins; undefined: it is not there yet. */
function fileStart(bytes: Buffer, end: Buffer): number | undefined {
  for (let at = bytes.indexOf(end); at >= 0; at = bytes.indexOf(end, at + end.length)) {
    const headEnd = bytes.indexOf('\r\n\r\n', at)
    if (headEnd < 0) return undefined
    const head = bytes.subarray(at + end.length, headEnd).toString('utf8')
    if (/^content-disposition:.*\bname="?file"?(;|\s*$)/im.test(head)) return headEnd + '\r\n\r\n'.length
  }
  return undefined
}

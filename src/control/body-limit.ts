import { ProxyError } from '../runtime/proxied-request.ts'
import { ApiError } from './api-error.ts'
import { discard } from './request-size.ts'

/** The body of a request that is passed on as it comes; one that is too long is refused, or breaks off where it gets too long. */
export async function limitBody(
  { headers, body }: Request,
  longestBytes: number,
): Promise<ReadableStream<Uint8Array> | null> {
  const declared = Number(headers.get('content-length') ?? 0)
  const tooLong = `The body is too large: at most ${longestBytes} bytes are allowed.`
  if (declared > longestBytes) {
    await discard(body)
    throw new ApiError(413, tooLong)
  }
  if (body === null || (declared === 0 && !headers.has('transfer-encoding'))) return null
  let bytes = 0
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > longestBytes) controller.error(new ProxyError('too-large', tooLong))
        else controller.enqueue(chunk)
      },
    }),
  )
}

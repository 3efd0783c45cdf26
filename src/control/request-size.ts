import type { MiddlewareHandler } from 'hono'
import { ApiError } from './api-error.ts'
import type { ControlEnv } from './control-env.ts'

/** The body of `/start` may have 1 MB; the rest of the request comes on top. */
const longestRequest = 1024 * 1024 + 64 * 1024
/** A bot with its prompts: 40 MB, as base64. Only for those who say the length: what comes in chunks is kept before anybody is asked who they are. */
const longestDeployment = 56 * 1024 * 1024
/** A client that still sends when we hang up sees a broken connection instead of our 413; so much is read for its sake. */
const longestDiscarded = 64 * 1024 * 1024

type Body = ReadableStream<Uint8Array> | null

/** Refuses requests that are too large, whether they say so (`content-length`) or just go on (chunks). */
export const limitRequestSize: MiddlewareHandler<ControlEnv> = async (context, next) => {
  const { req } = context
  // What goes to a bot is not kept, and has its own limit.
  if (/^\/v1\/public\/[^/]+\/sessions\//.test(req.path)) return next()
  const longest = req.path.endsWith('/deploy') ? longestDeployment : longestRequest
  if (Number(req.header('content-length') ?? 0) > longest) {
    await discard(req.raw.body)
    throw tooLarge(longest)
  }
  // Hono's own `bodyLimit` builds a new `Request`, which does not take that of @hono/node-server.
  if (req.header('transfer-encoding') !== undefined) {
    const text = await read(req.raw.body)
    Object.assign(req.bodyCache, { text: Promise.resolve(text) })
  }
  await next()
}

export async function discard(body: Body): Promise<void> {
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length > longestDiscarded) return
  }
}

async function read(body: Body): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.byteLength
    if (length <= longestRequest) chunks.push(chunk)
    if (length > longestDiscarded) break
  }
  if (length > longestRequest) throw tooLarge(longestRequest)
  return Buffer.concat(chunks).toString('utf8')
}

const tooLarge = (longest: number) =>
  new ApiError(413, `The request is too large: at most ${longest} bytes are allowed.`)

import { type Agent, request } from 'node:http'
import type { FuzzRequest } from './arbitrary-request.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

/** Far longer than any answer takes, on a busy machine too. */
const longestMs = 60_000

/** Sends the request as it is: what `fetch` would put right stays wrong. Rejects when there is no answer. */
export function sendRequest(
  url: string,
  { method, path, headers, body, inChunks }: FuzzRequest,
  agent: Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const length =
      body === undefined
        ? {}
        : inChunks
          ? { 'transfer-encoding': 'chunked' }
          : { 'content-length': Buffer.byteLength(body) }
    const options = { hostname, port, path, method, agent, headers: { ...headers, ...length } }
    const outgoing = request(options, (incoming) => {
      const answer = { status: incoming.statusCode ?? 0, headers: incoming.headers }
      const pieces: Buffer[] = []
      incoming.on('data', (piece: Buffer) => pieces.push(piece))
      const done = () => resolve({ ...answer, text: Buffer.concat(pieces).toString('utf8') })
      incoming.on('end', done).on('error', reject)
      // Goes on for as long as it is listened to.
      if (!incoming.headers['content-type']?.startsWith('text/event-stream')) return
      done()
      incoming.removeListener('error', reject).on('error', () => undefined)
      incoming.destroy()
    })
    outgoing.setTimeout(longestMs, () => outgoing.destroy(new Error(`no answer within ${longestMs} ms`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

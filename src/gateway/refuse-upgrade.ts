import type { Duplex } from 'node:stream'
import type { Refusal } from './admission.ts'

const statusTexts = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 429: 'Too Many Requests' } as const

/** What `/start` answers in the same case: clients read one or the other. */
const tooMany = 'Rate limit exceeded. Please try again later'
const tooManyBody = JSON.stringify({ status: 429, code: '429', error: tooMany, message: tooMany })

/** Nothing but these few bytes is spent on a socket that may not come in. */
export function refuseUpgrade(socket: Duplex, { status, reason }: Refusal): void {
  const isTooMany = status === 429
  const body = isTooMany ? tooManyBody : `${reason}\n`
  const type = isTooMany ? 'application/json' : 'text/plain; charset=utf-8'
  socket.end(
    `HTTP/1.1 ${status} ${statusTexts[status]}\r\nConnection: close\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    // A client that keeps its end open must not keep ours.
    () => socket.destroy(),
  )
}

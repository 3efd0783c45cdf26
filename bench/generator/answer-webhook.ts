import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { signatureHeaders } from '../../src/plivo/index.ts'
import { agent, plivoAuthToken } from './agent.ts'

export interface Answered {
  readonly streamUrl: string
  /** When the request left, and when the document had been read to its end, in milliseconds. */
  readonly askedAt: number
  readonly answeredAt: number
}

/** Asks a gateway for the answer document as Plivo does: a signed POST over a fresh connection. */
export async function askForStream(
  port: number,
  callId: string,
  organization: string = agent.organization,
): Promise<Answered> {
  const url = `http://127.0.0.1:${port}/plivo-xml?agent=${agent.name}&org=${organization}`
  const params = new URLSearchParams({
    CallUUID: callId,
    CallStatus: 'ringing',
    Direction: 'inbound',
    Event: 'StartApp',
    From: '14155550100',
    To: '14155550199',
  })
  const nonce = randomBytes(12).toString('hex')
  const signed = signatureHeaders({ tokens: [plivoAuthToken], nonce, method: 'POST', url, params })
  const headers = { ...signed, 'content-type': 'application/x-www-form-urlencoded' }
  const askedAt = performance.now()
  const xml = await post(url, headers, params.toString())
  const answeredAt = performance.now()
  const streamUrl = /<Stream[^>]*>([^<]+)<\/Stream>/.exec(xml)?.[1]?.replaceAll('&amp;', '&')
  if (streamUrl === undefined) throw new Error(`there is no stream in the answer: ${xml}`)
  return { streamUrl, askedAt, answeredAt }
}

function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent: false, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.once('end', () => resolve(text))
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

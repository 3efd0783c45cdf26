/**
 * A client that speaks Plivo's protocol and shares nothing with this project: `fetch`, `ws`, and strings written by hand.
 */
import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'

export interface ForeignFormat {
  readonly encoding: string
  readonly sampleRate: number
  readonly frameBytes: number
}

export const mulaw: ForeignFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, frameBytes: 160 }
export const l16at8k: ForeignFormat = { encoding: 'audio/x-l16', sampleRate: 8000, frameBytes: 320 }
export const l16at16k: ForeignFormat = { encoding: 'audio/x-l16', sampleRate: 16000, frameBytes: 640 }

export const newCallUuid = (): string => randomUUID()

/** Asks an answer URL as Plivo does for an inbound call. */
export async function askForXml(answerUrl: string, fields: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({
    CallStatus: 'ringing',
    Direction: 'inbound',
    Event: 'StartApp',
    From: '14155550100',
    To: '14155550199',
    ...fields,
  })
  return fetch(answerUrl, { method: 'POST', body })
}

/** The stream's URL in an answer document. */
export function streamUrlIn(xml: string): string {
  const url = /<Stream[^>]*>([^<]+)<\/Stream>/.exec(xml)?.[1]
  if (url === undefined) throw new Error(`no stream in ${xml}`)
  return url.replaceAll('&amp;', '&').trim()
}

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** One audio stream, driven by hand. */
export class ForeignStream {
  readonly socket: WebSocket
  readonly streamId = randomUUID()
  readonly callId: string
  readonly format: ForeignFormat
  /** Every message from the server, as text. */
  readonly received: string[] = []
  readonly closed: Promise<Closed>
  #sequence = 0
  #chunk = 0

  constructor(url: string, callId: string, format: ForeignFormat = mulaw, headers: Record<string, string> = {}) {
    this.callId = callId
    this.format = format
    this.socket = new WebSocket(url, { headers })
    this.socket.on('message', (data: Buffer) => this.received.push(data.toString('utf8')))
    this.socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }))
    })
  }

  /** Resolves when the socket is open; rejects with `HTTP 403` and the like when it is refused. */
  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.OPEN) return this
    await new Promise<void>((resolve, reject) => {
      this.socket.once('open', () => resolve())
      this.socket.once('unexpected-response', (_request, response) => {
        this.socket.terminate()
        reject(new Error(`HTTP ${response.statusCode}`))
      })
      this.socket.once('error', reject)
    })
    return this
  }

  /** Returns the message exactly as it was sent. */
  start(extra = '"{}"'): string {
    const { encoding, sampleRate } = this.format
    const text =
      `{"sequenceNumber":${this.#sequence++},"event":"start","start":{"callId":"${this.callId}","streamId":"${this.streamId}",` +
      `"accountId":"MAEXAMPLE00000000000","tracks":["inbound"],"mediaFormat":{"encoding":"${encoding}","sampleRate":${sampleRate}}},` +
      `"extra_headers":${extra}}`
    this.socket.send(text)
    return text
  }

  media(audio: Uint8Array): void {
    const payload = Buffer.from(audio).toString('base64')
    this.socket.send(
      `{"sequenceNumber":${this.#sequence++},"streamId":"${this.streamId}","event":"media","media":{"track":"inbound",` +
        `"timestamp":"${1_768_472_998_000 + this.#chunk * 20}","chunk":${++this.#chunk},"payload":"${payload}"},"extra_headers":"{}"}`,
    )
  }

  dtmf(digit: string): void {
    this.socket.send(
      `{"sequenceNumber":${this.#sequence++},"streamId":"${this.streamId}","event":"dtmf","dtmf":{"track":"inbound",` +
        `"digit":"${digit}","timestamp":"1768473001000"},"extra_headers":"{}"}`,
    )
  }

  playedStream(name: string): void {
    this.socket.send(JSON.stringify({ event: 'playedStream', streamId: this.streamId, name }))
  }

  /** The audio that the server has sent so far. */
  heard(): Buffer {
    return Buffer.concat(
      this.received.flatMap((text) => {
        const message = JSON.parse(text) as { event: string; media?: { payload: string } }
        return message.event === 'playAudio' && message.media ? [Buffer.from(message.media.payload, 'base64')] : []
      }),
    )
  }

  /** Sends `frames` at 50 a second on an absolute schedule. */
  async stream(frames: readonly Uint8Array[]): Promise<void> {
    const startedAt = performance.now()
    for (const [index, frame] of frames.entries()) {
      const wait = startedAt + index * 20 - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      this.media(frame)
    }
  }

  close(): void {
    this.socket.close(1000)
  }
}

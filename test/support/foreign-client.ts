/**
 * A client that speaks Plivo's protocol and shares nothing with this project: `fetch`, `ws`, and strings written by hand.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { patience } from './patience.ts'

export interface ForeignFormat {
  readonly encoding: string
  readonly sampleRate: number
  readonly frameBytes: number
}

export const mulaw: ForeignFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, frameBytes: 160 }
export const l16at8k: ForeignFormat = { encoding: 'audio/x-l16', sampleRate: 8000, frameBytes: 320 }
export const l16at16k: ForeignFormat = { encoding: 'audio/x-l16', sampleRate: 16000, frameBytes: 640 }

export const newCallUuid = (): string => randomUUID()

type Fields = Readonly<Record<string, string>>

export interface AskOptions {
  /** Default POST. */
  readonly method?: 'GET' | 'POST'
  /** Signs the request. */
  readonly token?: string
  readonly headers?: Fields
}

/** Asks an answer URL as Plivo does for an inbound call. */
export async function askForXml(answerUrl: string, fields: Fields, options: AskOptions = {}): Promise<Response> {
  return tell(
    answerUrl,
    {
      CallStatus: 'ringing',
      Direction: 'inbound',
      Event: 'StartApp',
      From: '14155550100',
      To: '14155550199',
      ...fields,
    },
    options,
  )
}

/** Sends any webhook. */
export async function tell(url: string, fields: Fields, options: AskOptions = {}): Promise<Response> {
  const { method = 'POST', token, headers = {} } = options
  if (method === 'GET') {
    const target = new URL(url)
    for (const [name, value] of Object.entries(fields)) target.searchParams.append(name, value)
    const signature = token === undefined ? {} : signed(token, 'GET', target.href)
    return fetch(target, { headers: { ...signature, ...headers } })
  }
  const signature = token === undefined ? {} : signed(token, 'POST', url, fields)
  return fetch(url, { method, body: new URLSearchParams(fields), headers: { ...signature, ...headers } })
}

export interface SignatureHeaders {
  readonly 'X-Plivo-Signature-V3': string
  readonly 'X-Plivo-Signature-V3-Nonce': string
}

/** Signs as Plivo's SDKs do; written down from their description. */
export function signed(token: string, method: 'GET' | 'POST', url: string, body: Fields = {}): SignatureHeaders {
  const nonce = String(Math.random()).slice(2)
  const [root = '', query = ''] = url.split('?')
  const inOrder = (pairs: Iterable<readonly [string, string]>) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))
  const inQuery = inOrder(new URLSearchParams(query))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const inBody = method === 'GET' ? '' : inOrder(Object.entries(body)).flat().join('')
  const tail = inQuery + (inQuery && inBody ? '.' : '') + inBody
  const base = tail === '' ? root : `${root}?${tail}`
  const signature = createHmac('sha256', token).update(`${base}.${nonce}`, 'utf8').digest('base64')
  return { 'X-Plivo-Signature-V3': signature, 'X-Plivo-Signature-V3-Nonce': nonce }
}

/** The stream's URL in an answer document. */
export function streamUrlIn(xml: string): string {
  const url = /<Stream[^>]*>([^<]+)<\/Stream>/.exec(xml)?.[1]
  if (url === undefined) throw new Error(`no stream in ${xml}`)
  return url.replaceAll('&amp;', '&').trim()
}

/** Where an answer document sends the carrier when the stream has ended, without the settings in the fragment. */
export function nextUrlIn(xml: string): string {
  const url = /<Redirect[^>]*>([^<#]+)/.exec(xml)?.[1]
  if (url === undefined) throw new Error(`no redirect in ${xml}`)
  return url.replaceAll('&amp;', '&').trim()
}

/** Asks what next, as the carrier does after a stream. */
export async function askWhatNext(nextUrl: string, callId: string, options: AskOptions = {}): Promise<string> {
  const fields = { CallUUID: callId, CallStatus: 'in-progress', Direction: 'inbound', Event: 'Redirect' }
  const response = await tell(nextUrl, fields, options)
  expect(response.status).toBe(200)
  return response.text()
}

export interface ForeignCall extends Disposable {
  readonly callId: string
  readonly streamUrl: string
  readonly nextUrl: string
  readonly stream: ForeignStream
}

/** A call as far as its `start`: the answer URL asked, the stream open. */
export async function openCall(answerUrl: string, fields: Fields = {}, options: AskOptions = {}): Promise<ForeignCall> {
  const callId = fields['CallUUID'] ?? newCallUuid()
  const answer = await askForXml(answerUrl, { CallUUID: callId, ...fields }, options)
  const xml = await answer.text()
  const streamUrl = streamUrlIn(xml)
  const stream = await new ForeignStream(streamUrl, callId).opened()
  stream.start()
  return { callId, streamUrl, nextUrl: nextUrlIn(xml), stream, [Symbol.dispose]: () => stream[Symbol.dispose]() }
}

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** The upgrade was answered with something else than 101. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused'
  readonly status: number
  readonly body: string

  constructor(status: number, body: string) {
    super(`HTTP ${status}: ${body.trim()}`)
    this.status = status
    this.body = body
  }
}

/** One audio stream, driven by hand. */
export class ForeignStream implements Disposable {
  readonly socket: WebSocket
  readonly streamId = randomUUID()
  readonly callId: string
  readonly format: ForeignFormat
  /** Every message from the server, as text. */
  readonly received: string[] = []
  readonly closed: Promise<Closed>
  readonly #opened: Promise<void>
  #heard: Buffer = Buffer.alloc(0)
  #heardMessages = 0
  #sequence = 0
  #chunk = 0

  constructor(url: string, callId: string, format: ForeignFormat = mulaw, headers: Fields = {}) {
    this.callId = callId
    this.format = format
    this.socket = new WebSocket(url, { headers })
    this.socket.on('message', (data: Buffer) => this.received.push(data.toString('utf8')))
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }))
    })
    this.#opened = new Promise((resolve, reject) => {
      this.socket.once('open', () => resolve())
      this.socket.on('error', reject)
      this.socket.once('unexpected-response', (_request, response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        response.once('close', () => {
          reject(new UpgradeRefused(response.statusCode ?? 0, body))
          this.socket.terminate()
        })
      })
    })
    this.#opened.catch(() => undefined)
  }

  /** Resolves when the socket is open; rejects with an `UpgradeRefused` when it may not be. */
  async opened(): Promise<this> {
    await this.#opened
    return this
  }

  /** Sends `start`, and returns it exactly as it was sent. */
  start(extra = '"{}"'): string {
    const { encoding, sampleRate } = this.format
    const text =
      `{"sequenceNumber":${this.#sequence++},"event":"start","start":{"callId":"${this.callId}","streamId":"${this.streamId}",` +
      `"accountId":"MAEXAMPLE00000000000","tracks":["inbound"],"mediaFormat":{"encoding":"${encoding}","sampleRate":${sampleRate}}},` +
      `"extra_headers":${extra}}`
    this.socket.send(text)
    return text
  }

  /** Sends a frame, and returns the message. */
  media(audio: Uint8Array): string {
    const payload = Buffer.from(audio).toString('base64')
    const text =
      `{"sequenceNumber":${this.#sequence++},"streamId":"${this.streamId}","event":"media","media":{"track":"inbound",` +
      `"timestamp":"${1_768_472_998_000 + this.#chunk * 20}","chunk":${++this.#chunk},"payload":"${payload}"},"extra_headers":"{}"}`
    this.socket.send(text)
    return text
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

  /** Anything else, as it is. */
  send(text: string | Buffer): void {
    this.socket.send(text)
  }

  /** The audio that the server has sent so far. */
  heard(): Buffer {
    const pieces = this.received.slice(this.#heardMessages).flatMap((text) => {
      const message = JSON.parse(text) as { event: string; media?: { payload: string } }
      return message.event === 'playAudio' && message.media ? [Buffer.from(message.media.payload, 'base64')] : []
    })
    this.#heardMessages = this.received.length
    if (pieces.length > 0) this.#heard = Buffer.concat([this.#heard, ...pieces])
    return this.#heard
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

  /** Sends a few frames of noise to an echoing bot and waits until they have come back. */
  async echoes(frames = 3): Promise<void> {
    const before = this.heard().length
    const sent = Array.from({ length: frames }, () => randomBytes(this.format.frameBytes))
    for (const frame of sent) this.media(frame)
    await this.hears(Buffer.concat(sent), before)
  }

  /**
   * Waits until exactly this has come, behind the first `before` bytes; and before it, from a bot that was slow to come, tones
   * of the node's own, 240 ms each.
   */
  async hears(audio: Buffer, before = 0): Promise<void> {
    const toneBytes = 12 * this.format.frameBytes
    const more = () => this.heard().length - before - audio.length
    const done = () => more() >= 0 && more() % toneBytes === 0
    await expect.poll(() => done() || this.socket.readyState === WebSocket.CLOSED, patience).toBe(true)
    if (!done()) throw new Error(`the stream was closed, and ${-more()} bytes are missing`)
    expect(this.heard().subarray(-audio.length).equals(audio)).toBe(true)
  }

  close(): void {
    this.socket.close(1000)
  }

  /** Breaks the connection, without a closing frame. */
  terminate(): void {
    this.socket.terminate()
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}

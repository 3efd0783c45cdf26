import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { expect } from 'vitest'
import { patience } from './patience.ts'

export interface ReceivedWebhook {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Somebody else's server that webhooks come to. */
export class WebhookReceiver implements AsyncDisposable {
  readonly received: ReceivedWebhook[] = []
  /** What it answers; default 204. */
  answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end()
  readonly #http = createServer()

  private constructor() {
    this.#http.on('request', (request, response) => {
      void text(request).then((body) => {
        const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)])
        this.received.push({ headers: Object.fromEntries(headers), body })
        this.answer(response)
      })
    })
  }

  static async start(port = 0): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver()
    await new Promise<void>((resolve) => receiver.#http.listen(port, '127.0.0.1', resolve))
    return receiver
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`
  }

  answerWith(status: number, headers: Record<string, string> = {}): void {
    this.answer = (response) => response.writeHead(status, headers).end()
  }

  /** Waits until so many have come; `meanwhile` runs between two looks. */
  async waitFor(count: number, meanwhile: () => void = () => {}): Promise<void> {
    await expect
      .poll(() => {
        meanwhile()
        return this.received.length
      }, patience)
      .toBeGreaterThanOrEqual(count)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#http.close(() => resolve())
      this.#http.closeAllConnections()
    })
  }
}

/** Checks the signature as receivers do, with the library of Standard Webhooks, and gives what was sent. */
export const verifyWebhook = (secret: string, { headers, body }: ReceivedWebhook): Record<string, unknown> =>
  new Webhook(secret).verify(body, { ...headers }) as Record<string, unknown>

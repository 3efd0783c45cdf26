import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly events: readonly { readonly name: string }[]
  readonly links?: readonly { readonly spanId: string }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

interface SentTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}

export interface ReceivedSpan extends Omit<SentSpan, 'attributes' | 'events'> {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: readonly string[]
  readonly resource: Readonly<Record<string, unknown>>
}

/** A collector of traces: OTLP over HTTP, in JSON. */
export class TraceCollector implements AsyncDisposable {
  readonly requests: { readonly path: string; readonly headers: Readonly<Record<string, unknown>>; body: string }[] = []
  readonly #http = createServer((request, response) => {
    void text(request).then((body) => {
      this.requests.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })

  static async start(): Promise<TraceCollector> {
    const collector = new TraceCollector()
    await new Promise<void>((resolve) => collector.#http.listen(0, '127.0.0.1', resolve))
    return collector
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  get spans(): readonly ReceivedSpan[] {
    return this.requests
      .flatMap(({ body }) => (JSON.parse(body) as SentTraces).resourceSpans)
      .flatMap(({ resource, scopeSpans }) =>
        scopeSpans.flatMap(({ spans }) =>
          spans.map((span) => ({
            ...span,
            attributes: plain(span.attributes),
            events: span.events.map(({ name }) => name),
            resource: plain(resource.attributes),
          })),
        ),
      )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }
}

const plain = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

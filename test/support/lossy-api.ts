import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What becomes of requests to Plivo's API: they pass; they are refused with a status; they are carried out and the answer
 * is lost; or nobody answers.
 */
export type ApiWeather = 'fine' | 500 | 400 | 'answer lost' | 'silent'

/** A way to Plivo's REST API that can go wrong. It sees everything that passes. */
export class LossyApi implements AsyncDisposable {
  weather: ApiWeather = 'fine'
  /** Such as `POST Record`. */
  readonly seen: string[] = []
  /** Of those, what the node has an answer to. */
  readonly answered: string[] = []
  readonly #http = createServer((incoming, outgoing) => this.#pass(incoming, outgoing))
  readonly #target: string

  private constructor(target: string) {
    this.#target = target
  }

  static async start(target: string): Promise<LossyApi> {
    const api = new LossyApi(target)
    api.#http.listen(0, '127.0.0.1')
    await once(api.#http, 'listening')
    return api
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.close()
    this.#http.closeAllConnections()
    await once(this.#http, 'close')
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = '', url = '', headers } = incoming
    const name = `${method} ${/\/([A-Z]\w+)\/?(\?.*)?$/.exec(url)?.[1] ?? 'Call'}`
    this.seen.push(name)
    outgoing.once('finish', () => this.answered.push(name))
    const { weather } = this
    if (weather === 'silent') return
    if (typeof weather === 'number') {
      outgoing.writeHead(weather, { 'content-type': 'application/json' }).end('{"api_id":"x","error":"not today"}')
      return
    }
    const onward = request(`${this.#target}${url}`, { method, headers }, (answer) => {
      if (weather === 'answer lost') {
        answer.resume()
        answer.on('end', () => outgoing.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  }
}

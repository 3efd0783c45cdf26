import { createServer, type Server } from 'node:http'
import { FailedCommandError } from './failed-command.ts'

/** The ports that programs of this kind use; whoever lets them in may know them. */
const ports = [8400, 8401, 8402, 8403, 8404]
const path = '/oauth_callback'

const page = (text: string) =>
  `<!doctype html><meta charset="utf-8"><title>Offhook</title><p style="font:16px system-ui;margin:12vh auto;max-width:26rem">${text}</p>`

/** Waits on this computer for the browser to come back from a log-in. */
export class LoginCallback implements AsyncDisposable {
  /** Where the browser is to be sent. */
  readonly redirectUri: string
  /** What it came back with. */
  readonly answer: Promise<URLSearchParams>
  readonly #http: Server

  private constructor(http: Server, port: number) {
    this.#http = http
    this.redirectUri = `http://127.0.0.1:${port}${path}`
    this.answer = new Promise((resolve) => {
      http.on('request', (request, response) => {
        const url = URL.parse(request.url ?? '/', this.redirectUri)
        response.setHeader('content-type', 'text/html; charset=utf-8')
        response.setHeader('connection', 'close')
        if (url?.pathname !== path) {
          response.writeHead(404).end(page('There is nothing here.'))
          return
        }
        response.end(page('That was it. You can close this page and go back to the terminal.'))
        resolve(url.searchParams)
      })
    })
  }

  /** Throws a `FailedCommandError` when all ports are taken. */
  static async listen(): Promise<LoginCallback> {
    for (const port of ports) {
      const http = createServer()
      const listens = await new Promise<boolean>((resolve) => {
        http.once('error', () => resolve(false))
        http.listen(port, '127.0.0.1', () => resolve(true))
      })
      if (listens) return new LoginCallback(http, port)
    }
    throw new FailedCommandError(
      `the ports ${ports[0]} to ${ports.at(-1)} are taken: log in with a token, --token-stdin`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#http.closeAllConnections()
    await new Promise<void>((resolve) => this.#http.close(() => resolve()))
  }
}

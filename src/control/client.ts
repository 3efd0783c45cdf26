import type { z } from '@hono/zod-openapi'

/** The node refused a request. The message is the node's own. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Nothing that speaks as a node does was reached. */
export class NodeUnreachableError extends Error {
  override readonly name = 'NodeUnreachableError'
}

interface ControlClientOptions {
  /** Base URL of the node, without a slash at the end. */
  readonly url: string
  /** A personal access token, or a private key where the path takes one; undefined where it needs none. */
  readonly token: string | undefined
  /** Stands for `{org}` in paths. */
  readonly organization?: string | undefined
}

interface ApiRoute {
  readonly method: string
  readonly path: string
  readonly request?: object
  readonly responses: object
}

type QueryValue = string | number | boolean | undefined
type SchemaOf<Value> = Value extends z.ZodType ? Value : never
type JsonOf<Response> = Response extends { content: { 'application/json': { schema: infer Schema } } }
  ? z.output<SchemaOf<Schema>>
  : never
type ParamsOf<Request> = Request extends { params: infer Params }
  ? Omit<Record<keyof z.input<SchemaOf<Params>>, string>, 'org'>
  : never
type QueryOf<Request> = Request extends { query: infer Query }
  ? Readonly<Partial<Record<keyof z.input<SchemaOf<Query>>, QueryValue>>>
  : never
type BodyOf<Request> = Request extends { body: infer Body } ? Readonly<JsonInput<Body>> : never
type JsonInput<Body> = Body extends { content: { 'application/json': { schema: infer Schema } } }
  ? z.input<SchemaOf<Schema>>
  : never

/** What a route of the contract answers when all went well. */
export type AnswerOf<Route extends ApiRoute> =
  | (Route['responses'] extends { 200: infer Response } ? JsonOf<Response> : never)
  | (Route['responses'] extends { 201: infer Response } ? JsonOf<Response> : never)

/** What a route of the contract takes. */
export interface RequestOf<Route extends ApiRoute> {
  readonly params?: ParamsOf<Route['request']>
  readonly query?: QueryOf<Route['request']>
  readonly body?: BodyOf<Route['request']>
}

/** An upload of 40 MB takes its time. */
const timeoutMs = 120_000

/**
 * Asks a node's API. Method, path, request and answer are those of a route of the contract, which is named as a type only:
 * `client.send<typeof agents.cliListAgents>('get', '/v1/organizations/{org}/services')`.
 */
export class ControlClient {
  readonly url: string
  readonly #token: string | undefined
  readonly #organization: string | undefined

  constructor({ url, token, organization }: ControlClientOptions) {
    this.url = url
    this.#token = token
    this.#organization = organization
  }

  /** Rejects with a `RequestRefusedError` or a `NodeUnreachableError`. */
  async send<Route extends ApiRoute>(
    method: Route['method'],
    path: Route['path'],
    { params, query, body }: RequestOf<Route> = {},
  ): Promise<AnswerOf<Route>> {
    const address = `${this.url}${this.#fill(path, params ?? {})}${queryText(query ?? {})}`
    const response = await this.#fetch(address, method, body)
    const answer = await readJson(response)
    if (!response.ok) throw new RequestRefusedError(response.status, refusalOf(answer) ?? `HTTP ${response.status}`)
    if (answer === undefined) throw this.#noNode('it answers, but not as an Offhook node does')
    return answer as AnswerOf<Route>
  }

  async #fetch(address: string, method: string, body: unknown): Promise<Response> {
    try {
      return await fetch(address, {
        method: method.toUpperCase(),
        headers: {
          ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      })
    } catch (error) {
      throw this.#noNode(reasonOf(error), error)
    }
  }

  #fill(path: string, params: Readonly<Record<string, string>>): string {
    return path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
      const value = name === 'org' ? this.#organization : params[name]
      if (value === undefined) throw new TypeError(`${name} of ${path} is missing`)
      // These would name another path, whether encoded or not.
      if (['', '.', '..'].includes(value)) throw new RequestRefusedError(404, `There is nothing named "${value}".`)
      return encodeURIComponent(value)
    })
  }

  #noNode(reason: string, cause?: unknown): NodeUnreachableError {
    return new NodeUnreachableError(`no node was reached at ${this.url}: ${reason}`, { cause })
  }
}

function queryText(query: Readonly<Record<string, QueryValue>>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  return given.size === 0 ? '' : `?${given.toString()}`
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const refusalOf = (answer: unknown): string | undefined =>
  typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'string'
    ? answer.error
    : undefined

/** `fetch` hides the reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}

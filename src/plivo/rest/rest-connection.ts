import type { Clock } from '../../lib/clock.ts'
import { describeFailure } from '../../lib/parsed.ts'
import { parseJsonObject } from '../json-fields.ts'
import { PlivoApiError } from './api-error.ts'
import { failureOf, unreadable, type FailureContext } from './api-failure.ts'
import type { Credentials } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { limitedText } from './limited-text.ts'
import { networkFailure, timedOut } from './network-failure.ts'
import { ReplyFields } from './reply-fields.ts'
import { withRetries, type Attempt, type RestMethod } from './retry.ts'

/** Arguments by their names on the wire; undefined ones are left out. */
export type RestFields = Readonly<Record<string, string | number | boolean | undefined>>

export interface RestRequest {
  /** Below the account: `Call/{call_uuid}/`. */
  readonly path: string
  readonly fields?: RestFields
  /** Completes "Plivo refused to …". */
  readonly purpose: string
}

export interface RestConnectionOptions {
  readonly credentials: Credentials
  /** Of the account, with a slash at the end. */
  readonly accountUrl: string
  /** For one try. */
  readonly timeoutMs: number
  readonly clock: Clock
}

/** Far more than a page of twenty takes. */
const maxReplyBytes = 1_000_000

/** Requests to the account's REST API. All methods reject with a `PlivoApiError`. */
export class RestConnection {
  readonly #options: RestConnectionOptions
  readonly #host: string

  constructor(options: RestConnectionOptions) {
    this.#options = options
    this.#host = new URL(options.accountUrl).host
  }

  async get<T>(request: RestRequest, read: (reply: ReplyFields) => T): Promise<T> {
    return this.#read('GET', request, read)
  }

  /** Undefined: there is no such thing. */
  async find<T>(request: RestRequest, read: (reply: ReplyFields) => T): Promise<T | undefined> {
    return this.get(request, read).catch((error: unknown) => unlessNotFound(error, undefined))
  }

  async post<T>(request: RestRequest, read: (reply: ReplyFields) => T): Promise<T> {
    return this.#read('POST', request, read)
  }

  /** False: there was nothing to delete. */
  async delete(request: RestRequest): Promise<boolean> {
    return this.#read('DELETE', request, () => true).catch((error: unknown) => unlessNotFound(error, false))
  }

  async #read<T>(method: RestMethod, request: RestRequest, read: (reply: ReplyFields) => T): Promise<T> {
    const context = this.#contextOf(method, request)
    const outcome = await withRetries(method, this.#options.clock, () => this.#attempt(method, request))
    const { last, doubtful } = outcome
    // The answer to the first try was lost, and this is what it left behind.
    const done = method === 'DELETE' && doubtful && last.answered && last.status === 404
    const failure = failureOf(outcome, context)
    if (failure && !(done && failure.kind === 'not-found')) throw failure
    const text = last.answered && !done ? context.withoutSecrets(last.value) : ''
    const reply = parseJsonObject(text.trim() === '' ? '{}' : text, (object) => read(new ReplyFields(object)))
    if (reply.ok) return reply.value
    throw unreadable(describeFailure(reply), last.answered ? last.status : 0, context)
  }

  async #attempt(method: RestMethod, { path, fields = {} }: RestRequest): Promise<Attempt<string>> {
    const { accountUrl, credentials, clock, timeoutMs } = this.#options
    const given = Object.entries(fields).filter(([, value]) => value !== undefined)
    const url = new URL(path, accountUrl)
    // The documentation wants the arguments of a DELETE in the query, Plivo's SDKs send them as a body (section 7.1).
    if (method !== 'POST') for (const [name, value] of given) url.searchParams.set(name, String(value))
    const hasBody = method === 'POST' || (method === 'DELETE' && given.length > 0)
    using deadline = new Deadline(clock, timeoutMs)
    try {
      const response = await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          'user-agent': 'offhook',
          authorization: credentials.authorizationFor(url) ?? '',
          ...(hasBody && { 'content-type': 'application/json' }),
        },
        body: hasBody ? JSON.stringify(Object.fromEntries(given)) : null,
        // A redirected POST would become a GET.
        redirect: 'manual',
        signal: deadline.signal,
      })
      const value = await limitedText(response.body, maxReplyBytes)
      return { answered: true, status: response.status, retryAfter: response.headers.get('retry-after'), value }
    } catch (error) {
      return { answered: false, failure: deadline.signal.aborted ? timedOut(timeoutMs) : networkFailure(error) }
    }
  }

  #contextOf(method: RestMethod, { purpose }: RestRequest): FailureContext {
    const { credentials } = this.#options
    return { method, purpose, host: this.#host, withoutSecrets: (text) => credentials.withoutSecrets(text) }
  }
}

const unlessNotFound = <T>(error: unknown, instead: T): T => {
  if (error instanceof PlivoApiError && error.kind === 'not-found') return instead
  throw error
}

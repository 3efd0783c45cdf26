import { isJsonObject } from '../json-fields.ts'
import { PlivoApiError, type PlivoApiErrorKind } from './api-error.ts'
import { mayHaveWorked, type Outcome, type RestMethod } from './retry.ts'

export interface FailureContext {
  readonly method: RestMethod
  /** Completes "Plivo refused to …". */
  readonly purpose: string
  /** Who was asked. */
  readonly host: string
  readonly withoutSecrets: (text: string) => string
}

/** The error that an outcome is, when it is one. A reply that may be read further is none. */
export function failureOf({ last, doubtful }: Outcome<string>, context: FailureContext): PlivoApiError | undefined {
  const { method, purpose, host, withoutSecrets } = context
  const uncertain = method !== 'GET' && (doubtful || mayHaveWorked(last))
  if (!last.answered) {
    const { problem, transient } = last.failure
    const kind = uncertain ? 'unknown-outcome' : 'unavailable'
    const message = withoutSecrets(`Plivo (${host}) was asked to ${purpose} and ${problem}`)
    return new PlivoApiError({ kind, message, fix: fixes[kind](host), retryable: transient && method !== 'POST' })
  }
  const { status, value } = last
  if (status >= 200 && status < 300) return undefined
  // Before anything is cut off, which might leave half a secret.
  const { apiId, text, isPlivo } = readErrorBody(withoutSecrets(value))
  const kind = kindOf(status, isPlivo, uncertain)
  const words = withoutSecrets(`${status} ${text}`.trim())
  const message = `${kind === 'refused' ? 'Plivo refused to' : 'Plivo did not'} ${purpose}: ${words}`
  const isHarmless = kind === 'unknown-outcome' && method === 'DELETE'
  const retryable = kind === 'unavailable' || kind === 'rate-limited' || isHarmless
  const isForbidden = kind === 'refused' && status === 403 && method === 'POST'
  const fix = isForbidden ? forbiddenFix : fixes[kind](host)
  return new PlivoApiError({ kind, message, fix, status, apiId, retryable })
}

/** Something came back that a request of this kind is never answered with. */
export const unreadable = (problem: string, status: number, { purpose, host, withoutSecrets }: FailureContext) =>
  new PlivoApiError({
    kind: 'unreadable',
    message: withoutSecrets(`the answer to the request to ${purpose} cannot be read: ${problem}`),
    fix: fixes.unreadable(host),
    status,
  })

function kindOf(status: number, isPlivo: boolean, uncertain: boolean): PlivoApiErrorKind {
  if (status >= 500) return uncertain ? 'unknown-outcome' : 'unavailable'
  if (status === 401) return 'bad-credentials'
  if (status === 429) return 'rate-limited'
  // A web server that is not Plivo's has a page for every status: it must not pass for "the call has ended".
  if (!isPlivo || status < 400) return 'unreadable'
  return status === 404 ? 'not-found' : 'refused'
}

const longestText = 300

interface ErrorBody {
  readonly apiId: string | undefined
  readonly text: string
  /** JSON, or nothing at all. */
  readonly isPlivo: boolean
}

function readErrorBody(body: string): ErrorBody {
  const json = jsonOf(body)
  if (!isJsonObject(json)) {
    const text = body.replaceAll(/[\s\p{C}]+/gu, ' ').trim()
    return { apiId: undefined, text: text.slice(0, longestText), isPlivo: text === '' }
  }
  const { api_id: apiId, error, message } = json
  const words = [error, message].find((value) => value !== undefined && value !== null && value !== '')
  const text = typeof words === 'string' ? words : JSON.stringify(words ?? json)
  return {
    apiId: typeof apiId === 'string' ? apiId.slice(0, 80) : undefined,
    text: text.replaceAll(/[\s\p{C}]+/gu, ' ').slice(0, longestText),
    isPlivo: true,
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const forbiddenFix = 'allow it in the console of the account: countries that may be called, or how many calls at once'

const fixes: Readonly<Record<PlivoApiErrorKind, (host: string) => string>> = {
  refused: () => 'change what the message names; the same request will be refused again',
  unavailable: (host) => `try again; when it lasts, check that this machine reaches ${host}, and status.plivo.com`,
  'unknown-outcome': () => 'it may have been done: look at the call before doing it again',
  'bad-credentials': () => 'use the auth id and the auth token that the console of the account shows',
  'not-found': () => 'use an id of this account; a call must be live for it',
  'rate-limited': () => 'ask less often: an account may make 300 requests in 5 s',
  unreadable: (host) => `check the address of the API: ${host} does not answer as Plivo does`,
}

import { createHmac } from 'node:crypto'

/** What the suite needs of a Plivo, the simulator or the real one. */
export interface PlivoUnderTest extends AsyncDisposable {
  /** Base of the REST API, without a slash at the end: `https://api.plivo.com/v1/Account/MA…`. */
  readonly restUrl: string
  readonly authId: string
  readonly authToken: string
  /** Where this Plivo reaches the suite's server; `http` or `https`, without a slash at the end. */
  readonly publicUrl: string
  /** Where the suite's server listens. */
  readonly listen: { readonly host: string; readonly port: number }
  /** A number of the account, and one that is answered when it is called; digits only. */
  readonly from: string
  readonly to: string
  /** Longest wait for a call to get a step further. */
  readonly patienceMs: number
  readonly capabilities: {
    /** The one who is called speaks, so that media frames carry sound. */
    readonly farEndSpeaks: boolean
  }
}

export interface RestAnswer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

/** A request to the REST API: Basic auth, JSON. */
export async function askRest(plivo: PlivoUnderTest, method: string, path: string, body?: object): Promise<RestAnswer> {
  const response = await fetch(`${plivo.restUrl}/${path}`, {
    method,
    headers: {
      authorization: `Basic ${btoa(`${plivo.authId}:${plivo.authToken}`)}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, json: text === '' ? {} : JSON.parse(text) }
}

/** A signature as Plivo's SDKs make it, written down from their description (section 5.2). */
export function signatureOf(
  { method, url, params, nonce }: { method: string; url: string; params: Record<string, string>; nonce: string },
  token: string,
): string {
  const [root = '', query = ''] = url.split('?')
  const byName = (pairs: Iterable<[string, string]>) => [...pairs].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const inUrl = byName(new URLSearchParams(query))
    .map((pair) => pair.join('='))
    .join('&')
  const inBody = method === 'GET' ? '' : byName(Object.entries(params)).flat().join('')
  const tail = [inUrl, inBody].filter((part) => part !== '').join('.')
  return createHmac('sha256', token)
    .update(`${tail === '' ? root : `${root}?${tail}`}.${nonce}`)
    .digest('base64')
}

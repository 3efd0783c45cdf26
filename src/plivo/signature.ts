import { createHmac, timingSafeEqual } from 'node:crypto'

type Pair = readonly [name: string, value: string]

/** What a V3 signature covers, but for the nonce. */
export interface SignedRequest {
  readonly method: 'GET' | 'POST'
  /** As the sender wrote it: scheme, host, port and path are signed letter by letter. */
  readonly url: string
  /** Decoded form parameters of a POST. Those of a GET join the ones in `url`. */
  readonly params?: Iterable<Pair> | undefined
}

interface Tokens {
  /** Auth tokens of the account or subaccount that owns the call. Empty ones are ignored: anyone can sign with those. */
  readonly tokens: readonly string[]
  /** Auth token of the main account; without it, any of `tokens` counts. */
  readonly mainToken?: string | undefined
}

/** The request's headers; either signature is enough. Each may list several, comma-separated, one per active token. */
interface SentSignatures {
  /** `X-Plivo-Signature-V3-Nonce`. */
  readonly nonce: string | undefined
  /** `X-Plivo-Signature-V3`. */
  readonly signature?: string | undefined
  /** `X-Plivo-Signature-Ma-V3`. */
  readonly mainSignature?: string | undefined
}

export interface SignatureHeaders {
  readonly 'X-Plivo-Signature-V3': string
  readonly 'X-Plivo-Signature-Ma-V3': string
  readonly 'X-Plivo-Signature-V3-Nonce': string
}

/**
 * The text that is signed together with the nonce (Plivo reference 5.2).
 * @throws TypeError when `url` is not absolute.
 */
export const v3BaseString = ({ method, url, params = [] }: SignedRequest): string => {
  const parts = absoluteUrl.exec(url)?.groups
  if (parts === undefined) throw new TypeError('only an absolute URL can be signed')
  const root = `${parts['scheme']}://${parts['host']}${parts['path']}`
  const inUrl = [...new URLSearchParams(parts['query'])]
  const given = [...params]
  const query = inOrder(method === 'GET' ? [...inUrl, ...given] : inUrl)
  const body = method === 'GET' ? [] : inOrder(given)
  if (query.length === 0 && body.length === 0) return root
  const glue = query.length > 0 && body.length > 0 ? '.' : ''
  return `${root}?${query.map((pair) => pair.join('=')).join('&')}${glue}${body.flat().join('')}`
}

/** @throws TypeError when `url` is not absolute. */
export const signV3 = ({ token, nonce, ...request }: SignedRequest & { token: string; nonce: string }): string =>
  hmac(token, `${v3BaseString(request)}.${nonce}`)

/**
 * The three headers that Plivo sends, with one signature per token.
 * @throws TypeError when `url` is not absolute.
 */
export const signatureHeaders = ({
  tokens,
  mainToken,
  nonce,
  ...request
}: SignedRequest & Tokens & { readonly nonce: string }): SignatureHeaders => {
  const message = `${v3BaseString(request)}.${nonce}`
  // No space after the comma: Plivo's SDKs split without trimming.
  const signedBy = (signers: readonly string[]) => signers.map((token) => hmac(token, message)).join(',')
  return {
    'X-Plivo-Signature-V3': signedBy(tokens),
    'X-Plivo-Signature-Ma-V3': signedBy(mainToken === undefined ? tokens : [mainToken]),
    'X-Plivo-Signature-V3-Nonce': nonce,
  }
}

/** Whether Plivo signed this webhook. False, never an error, when a header is missing or the URL is not absolute. */
export const verifyV3 = (request: SignedRequest & Tokens & SentSignatures): boolean => {
  const { nonce, signature, mainSignature, tokens, mainToken } = request
  if (!nonce || !absoluteUrl.test(request.url)) return false
  const message = `${v3BaseString(request)}.${nonce}`
  const mainTokens = mainToken === undefined ? tokens : [mainToken]
  return isSignedByAny(tokens, message, signature) || isSignedByAny(mainTokens, message, mainSignature)
}

/**
 * Whether Plivo signed this WebSocket upgrade, and the query with it. `without-query` means that nothing vouches for the
 * query. Sources disagree about the URL that Plivo signs (Plivo reference 5.4), so all candidates are tried; each needs
 * a token, so trying several lets no stranger in.
 */
export const verifyUpgrade = ({
  publicUrl,
  ...signatures
}: Tokens & SentSignatures & { readonly publicUrl: string }): 'with-query' | 'without-query' | 'no' => {
  const rest = /^(?:http|ws)s?(:\/\/.*)$/is.exec(publicUrl)?.[1]
  if (rest === undefined) return 'no'
  const isSigned = (tail: string) =>
    ['http', 'https', 'wss', 'ws'].some((scheme) => verifyV3({ ...signatures, method: 'GET', url: scheme + tail }))
  if (isSigned(rest)) return 'with-query'
  return isSigned(rest.replace(/[?#].*$/s, '')) ? 'without-query' : 'no'
}

/** By hand, because `URL` drops default ports and rewrites escapes, and Plivo does not. User and fragment are not signed. */
const absoluteUrl =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:[^/?#]*@)?(?<host>[^/?#@]+)(?<path>[^?#]*)(?:\?(?<query>[^#]*))?/i

const inOrder = (pairs: readonly Pair[]): readonly Pair[] =>
  pairs.toSorted(([nameA, valueA], [nameB, valueB]) => byCodeUnit(nameA, nameB) || byCodeUnit(valueA, valueB))

const byCodeUnit = (a: string, b: string): number => Number(a > b) - Number(a < b)

const hmac = (token: string, message: string): string =>
  createHmac('sha256', token).update(message, 'utf8').digest('base64')

const isSignedByAny = (tokens: readonly string[], message: string, header = ''): boolean => {
  const sent = header.split(',').map((signature) => Buffer.from(signature.trim()))
  return tokens
    .filter((token) => token !== '')
    .map((token) => Buffer.from(hmac(token, message)))
    .some((expected) => sent.some((got) => got.length === expected.length && timingSafeEqual(got, expected)))
}

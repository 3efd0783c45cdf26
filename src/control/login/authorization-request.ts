import { failed, type Parsed, parsed } from '../../lib/parsed.ts'

/** A program on the user's own computer asks to act as the user: OAuth 2, authorization code with PKCE. */
export interface AuthorizationRequest {
  readonly clientId: string
  /** On this computer: `http://127.0.0.1:8400/oauth_callback`. */
  readonly redirectUri: string
  readonly codeChallenge: string
  readonly state: string
}

/** There is one client for all command lines: none of them can keep a secret. */
export const clientId = 'offhook-cli'

const longestState = 512

/** The errors name the parameter. */
export function parseAuthorizationRequest(query: URLSearchParams): Parsed<AuthorizationRequest> {
  const text = (name: string) => query.get(name) ?? ''
  if (text('client_id') !== clientId) return failed('client_id', `must be "${clientId}"`)
  if (!isLoopback(text('redirect_uri')))
    return failed('redirect_uri', 'must be http://127.0.0.1 or http://localhost, with a port')
  if (text('response_type') !== 'code') return failed('response_type', 'must be "code"')
  if (text('code_challenge_method') !== 'S256') return failed('code_challenge_method', 'must be "S256"')
  if (!/^[\w-]{43}$/.test(text('code_challenge'))) return failed('code_challenge', 'must be the base64url of a SHA-256')
  const state = text('state')
  if (state === '' || state.length > longestState) return failed('state', `must have 1 to ${longestState} characters`)
  return parsed({
    clientId,
    redirectUri: text('redirect_uri'),
    codeChallenge: text('code_challenge'),
    state,
  })
}

/** What the browser is sent to must be a program on the computer that it runs on. */
function isLoopback(text: string): boolean {
  const url = URL.parse(text)
  return (
    url !== null &&
    url.protocol === 'http:' &&
    (url.hostname === '127.0.0.1' || url.hostname === 'localhost') &&
    url.port !== '' &&
    url.username === '' &&
    url.hash === '' &&
    text.length <= 1000
  )
}

import { createHash, randomBytes } from 'node:crypto'
import { ControlClient, NodeUnreachableError } from '../control/client.ts'
import type * as accounts from '../control/contract/accounts.ts'
import type { Credentials } from './credentials-file.ts'
import { FailedCommandError } from './failed-command.ts'
import { LoginCallback } from './login-callback.ts'
import { openBrowser } from './open-browser.ts'

type Login = Pick<Credentials, 'token' | 'refreshToken' | 'tokenExpiresAt'>

/** A person has to find a token meanwhile. */
const patienceMs = 5 * 60_000
const timeoutMs = 30_000

/** Lets the user log in with a browser. Throws a `FailedCommandError` when it comes to nothing. */
export async function logInWithBrowser(nodeUrl: string): Promise<Login> {
  const client = new ControlClient({ url: nodeUrl, token: undefined })
  const settings = await client.send<typeof accounts.readOAuthSettings>('get', '/auth/config')
  const found = await askJson(`${settings.issuer}/.well-known/openid-configuration`)
  const [authorize, tokens] = [found['authorization_endpoint'], found['token_endpoint']]
  if (found['issuer'] !== settings.issuer || typeof authorize !== 'string' || typeof tokens !== 'string')
    throw new FailedCommandError(`${settings.issuer} does not say how to log in: check OFFHOOK_PUBLIC_URL of the node`)
  await using callback = await LoginCallback.listen()
  const [verifier, state] = [randomBytes(32).toString('base64url'), randomBytes(16).toString('base64url')]
  const asked = {
    response_type: 'code',
    client_id: settings.client_id,
    redirect_uri: callback.redirectUri,
    scope: settings.scopes,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
  }
  const page = `${authorize}?${new URLSearchParams(asked).toString()}`
  process.stderr.write(`Log in with your browser:\n\n  ${page}\n\n`)
  openBrowser(page)
  const answer = await withPatience(callback.answer)
  const code = answer.get('code')
  if (answer.get('state') !== state)
    throw new FailedCommandError('the browser came back from another log-in: try again')
  if (code === null)
    throw new FailedCommandError(`you were not let in: ${answer.get('error') ?? 'no reason was given'}`)
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
  return readLogin(
    await askJson(tokens, { ...form, client_id: settings.client_id, redirect_uri: callback.redirectUri }),
  )
}

/** New tokens for those of a log-in that is about to be over. Throws when the node does not give any. */
export async function renewLogin({ url, refreshToken = '' }: Credentials): Promise<Login> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'offhook-cli' }
  return readLogin(await askJson(`${url}/auth/token`, form))
}

function readLogin({ access_token: token, refresh_token: refreshToken, expires_in: seconds }: Record<string, unknown>) {
  if (typeof token !== 'string' || typeof refreshToken !== 'string' || typeof seconds !== 'number')
    throw new FailedCommandError('the node gave no tokens that could be understood')
  return { token, refreshToken, tokenExpiresAt: Date.now() + seconds * 1000 }
}

async function askJson(url: string, form?: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const request = form && { method: 'POST', body: new URLSearchParams(form) }
  const response = await fetch(url, { ...request, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) }).catch(
    (error: unknown) => {
      throw new NodeUnreachableError(`no node was reached at ${url}`, { cause: error })
    },
  )
  const answer: unknown = await response.json().catch(() => undefined)
  if (typeof answer !== 'object' || answer === null)
    throw new FailedCommandError(`${url} does not answer as a node does`)
  const fields: Record<string, unknown> = { ...answer }
  if (response.ok) return fields
  throw new FailedCommandError(`the node refused: ${String(fields['error_description'] ?? fields['error'])}`)
}

async function withPatience<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new FailedCommandError('nobody logged in within five minutes')), patienceMs)
  })
  try {
    return await Promise.race([answer, over])
  } finally {
    clearTimeout(timer)
  }
}

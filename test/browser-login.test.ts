import { createHash, randomBytes } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServeProcess } from './support/serve-process.ts'

let node: ServeProcess

beforeAll(async () => {
  node = await ServeProcess.start()
})

afterAll(async () => {
  await node[Symbol.asyncDispose]()
})

const redirectUri = 'http://127.0.0.1:8400/oauth_callback'

function request(verifier: string): URLSearchParams {
  return new URLSearchParams({
    response_type: 'code',
    client_id: 'offhook-cli',
    redirect_uri: redirectUri,
    scope: 'openid offline_access',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'a state',
  })
}

/** What a browser sends when its user pastes a token and lets the program in; `change` is what somebody makes of it. */
async function letIn(asked: URLSearchParams, token: string, change: (form: URLSearchParams) => void = () => undefined) {
  const page = await fetch(`${node.url}/auth/authorize?${asked.toString()}`)
  const cookie = page.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const seal = /name="seal" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  const form = new URLSearchParams(asked)
  form.set('seal', seal)
  form.set('act', 'allow')
  form.set('token', token)
  change(form)
  return fetch(`${node.url}/auth/authorize`, { method: 'POST', headers: { cookie }, body: form, redirect: 'manual' })
}

const codeOf = (answer: Response) => new URL(answer.headers.get('location') ?? 'x:').searchParams.get('code') ?? ''

async function trade(form: Readonly<Record<string, string>>) {
  const body = new URLSearchParams({ client_id: 'offhook-cli', ...form })
  const answer = await fetch(`${node.url}/auth/token`, { method: 'POST', body })
  return { status: answer.status, body: (await answer.json()) as Record<string, string> }
}

const whoAmI = (token: string) => fetch(`${node.url}/v1/users`, { headers: { authorization: `Bearer ${token}` } })

async function logIn() {
  const verifier = randomBytes(32).toString('base64url')
  const code = codeOf(await letIn(request(verifier), node.token))
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
  return { form, ...(await trade(form)) }
}

test('a program that a user lets in gets tokens of the user, once for a code', async () => {
  const { status, body, form } = await logIn()
  expect([status, body['token_type'], body['expires_in']]).toEqual([200, 'Bearer', 3600])
  expect((await whoAmI(body['access_token'] ?? '')).status).toBe(200)
  expect(await trade(form)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
})

test('a code is worth nothing to whoever does not know its verifier, and is used up by the attempt', async () => {
  const verifier = randomBytes(32).toString('base64url')
  const code = codeOf(await letIn(request(verifier), node.token))
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
  expect((await trade({ ...form, code_verifier: 'another' })).status).toBe(400)
  expect((await trade({ ...form, code_verifier: verifier })).status).toBe(400)
})

test('nobody is sent to another computer, or without a challenge', async () => {
  const asked = request('a verifier')
  asked.set('redirect_uri', 'http://elsewhere.example.com:8400/oauth_callback')
  const elsewhere = await fetch(`${node.url}/auth/authorize?${asked.toString()}`, { redirect: 'manual' })
  expect([elsewhere.status, await elsewhere.text()]).toEqual([400, expect.stringContaining('redirect_uri')])
  const bare = request('a verifier')
  bare.set('code_challenge_method', 'plain')
  const plain = await fetch(`${node.url}/auth/authorize?${bare.toString()}`, { redirect: 'manual' })
  expect([plain.status, await plain.text()]).toEqual([400, expect.stringContaining('code_challenge_method')])
})

test('a wrong token lets nobody in, and a form from another page or for another program is refused', async () => {
  const asked = request('a verifier')
  const wrong = await letIn(asked, 'pcc_pat_wrong')
  expect([wrong.status, wrong.headers.get('location')]).toEqual([401, null])
  const unsealed = await letIn(asked, node.token, (form) => form.delete('seal'))
  const other = await letIn(asked, node.token, (form) => form.set('redirect_uri', 'http://127.0.0.1:9999/x'))
  expect([unsealed.status, other.status]).toEqual([400, 400])
})

test('a log-in is renewed, and ends for all its tokens when it is ended', async () => {
  const { body } = await logIn()
  const renewed = await trade({ grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' })
  expect(renewed.status).toBe(200)
  const access = renewed.body['access_token'] ?? ''
  expect((await whoAmI(access)).status).toBe(200)
  const out = await fetch(`${node.url}/auth/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access}`, 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: renewed.body['refresh_token'] }),
  })
  expect(out.status).toBe(200)
  expect((await whoAmI(access)).status).toBe(401)
  expect((await trade({ grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' })).status).toBe(400)
})

test('offhook auth login --browser shows a page, and works with what the browser brings back', async () => {
  const browser = join(node.folder, 'browser.mjs')
  await writeFile(
    browser,
    `#!${process.execPath}
    const page = await fetch(process.argv[2])
    const cookie = page.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ')
    const text = await page.text()
    const form = new URLSearchParams({ act: 'allow', token: ${JSON.stringify(node.token)} })
    for (const [, name, value] of text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)) form.set(name, value)
    await fetch(new URL('/auth/authorize', process.argv[2]), { method: 'POST', headers: { cookie }, body: form })`,
  )
  await chmod(browser, 0o755)
  const login = await node.run(['auth', 'login', '--browser', '--url', node.url], { BROWSER: browser })
  expect([login.code, login.stdout]).toEqual([0, expect.stringContaining('Logged in.')])
  const who = await node.run(['auth', 'whoami'])
  expect([who.code, who.stdout]).toEqual([0, expect.stringContaining(node.organization)])
  expect((await node.run(['auth', 'logout'])).stdout).toContain('Logged out')
})

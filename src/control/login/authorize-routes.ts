import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { describeFailure } from '../../lib/parsed.ts'
import type { BrowserLogin } from '../../store/logins.ts'
import type { ControlApp, ControlEnv } from '../control-env.ts'
import type { ControlParts } from '../control-parts.ts'
import { type AuthorizationRequest, parseAuthorizationRequest } from './authorization-request.ts'
import { loginPage, loginPagePolicy, problemPage } from './login-page.ts'

type Page = Context<ControlEnv>

const path = '/auth/authorize'
/** Of a browser that a user has logged in with. */
const loginCookie = 'offhook_login'
/** Of any browser that has seen the form. */
const formCookie = 'offhook_form'
const loginSeconds = 12 * 3600

/** The page on which a user lets a program in. There are no passwords: a personal access token says who it is. */
export function authorizeRoutes(app: ControlApp, parts: ControlParts): void {
  const login = new LoginForms(parts)
  app.get(path, (context) => login.show(context, new URL(context.req.url).searchParams))
  app.post(path, async (context) => login.take(context, new URLSearchParams(await context.req.text())))
}

class LoginForms {
  readonly #parts: ControlParts

  constructor(parts: ControlParts) {
    this.#parts = parts
  }

  async show(context: Page, query: URLSearchParams): Promise<Response> {
    const request = parseAuthorizationRequest(query)
    if (!request.ok) return this.#problem(context, describeFailure(request))
    return this.#form(context, request.value, (await this.#remembered(context))?.user.email)
  }

  async take(context: Page, form: URLSearchParams): Promise<Response> {
    const parsed = parseAuthorizationRequest(form)
    if (!parsed.ok) return this.#problem(context, describeFailure(parsed))
    const request = parsed.value
    const site = context.req.header('sec-fetch-site')
    const foreign = site !== undefined && site !== 'same-origin'
    if (foreign || !isSealed(request, getCookie(context, formCookie), form.get('seal')))
      return this.#problem(context, 'The form does not come from this page, or cookies are off.')
    if (form.get('act') === 'deny') return this.#back(context, request, { error: 'access_denied' })
    if (form.get('act') === 'leave') {
      this.#setCookie(context, loginCookie, '', 0)
      return this.#form(context, request, undefined)
    }
    if (form.get('act') !== 'allow') return this.#problem(context, 'The form does not say what you want.')
    const given = form.get('token')
    const user = given === null ? await this.#remembered(context) : await this.#logIn(context, given.trim())
    if (!user) return this.#form(context, request, undefined, 'This token is unknown, revoked or over.')
    const { clientId, redirectUri, codeChallenge } = request
    const code = await this.#parts.store.logins.createCode(user.tokenId, { clientId, redirectUri, codeChallenge })
    return this.#back(context, request, { code })
  }

  async #remembered(context: Page): Promise<BrowserLogin | undefined> {
    const secret = getCookie(context, loginCookie)
    return secret === undefined ? undefined : this.#parts.store.logins.findBrowser(secret)
  }

  async #logIn(context: Page, token: string): Promise<BrowserLogin | undefined> {
    const { store, failures } = this.#parts
    const verified = await failures.watch(context, () => store.tokens.verify(token))
    if (verified)
      this.#setCookie(context, loginCookie, await store.logins.rememberBrowser(verified.tokenId), loginSeconds)
    return verified
  }

  #form(
    context: Page,
    request: AuthorizationRequest,
    email: string | undefined,
    problem?: string,
  ): Response | Promise<Response> {
    const cookie = getCookie(context, formCookie) ?? randomBytes(32).toString('base64url')
    this.#setCookie(context, formCookie, cookie, loginSeconds)
    context.header('content-security-policy', loginPagePolicy)
    const seal = sealOf(request, cookie)
    const status = problem === undefined ? 200 : 401
    return context.html(loginPage({ request, seal, email, ...(problem !== undefined && { problem }) }), status)
  }

  #problem(context: Page, problem: string): Response | Promise<Response> {
    context.header('content-security-policy', loginPagePolicy)
    return context.html(problemPage(problem), 400)
  }

  #back(
    context: Page,
    { redirectUri, state }: AuthorizationRequest,
    answer: Readonly<Record<string, string>>,
  ): Response {
    const url = new URL(redirectUri)
    const iss = this.#parts.publicUrl()
    for (const [name, value] of Object.entries({ ...answer, state, iss })) url.searchParams.set(name, value)
    return context.redirect(url.href, 303)
  }

  #setCookie(context: Page, name: string, value: string, maxAge: number): void {
    const secure = this.#parts.publicUrl().startsWith('https:') && !isLocal(context)
    setCookie(context, name, value, { path: '/auth', httpOnly: true, sameSite: 'Lax', secure, maxAge })
  }
}

/** Whoever comes in by this machine's own address comes without TLS. */
const isLocal = (context: Page): boolean => /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(context.req.header('host') ?? '')

/** Only whoever was shown the form in this browser can send it, and only for what it said. */
const sealOf = (request: AuthorizationRequest, cookie: string): string =>
  createHmac('sha256', cookie).update(JSON.stringify(request)).digest('base64url')

function isSealed(request: AuthorizationRequest, cookie: string | undefined, seal: string | null): boolean {
  if (cookie === undefined || seal === null) return false
  const [wanted, given] = [Buffer.from(sealOf(request, cookie)), Buffer.from(seal)]
  return wanted.length === given.length && timingSafeEqual(wanted, given)
}

import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { AuthorizationRequest } from './authorization-request.ts'

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 12vh auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.4rem; } p { margin: .8rem 0; } label { display: block; margin: 1rem 0 .3rem; }
input[type=password] { box-sizing: border-box; width: 100%; padding: .5rem; font: 15px ui-monospace, monospace; }
button { font: inherit; padding: .45rem 1.2rem; margin: 1rem .5rem 0 0; cursor: pointer; }
.bad { border-left: 4px solid #c33; padding-left: .7rem; } small { color: #666; } code { font: 14px ui-monospace, monospace; }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #ddd; } small { color: #999; } }
`

const styleHash = createHash('sha256').update(style).digest('base64')

/** No script, nothing from elsewhere; the form leads back here, and from here to the program that asked. */
export const loginPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "form-action 'self' http://127.0.0.1:* http://localhost:*",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

interface LoginForm {
  readonly request: AuthorizationRequest
  /** Ties the form to this browser and this request. */
  readonly seal: string
  /** Who is logged in in this browser already. */
  readonly email: string | undefined
  readonly problem?: string
}

/** Asks the user to let a program in. */
export const loginPage = ({ request, seal, email, problem }: LoginForm) =>
  page(
    'Log in to Offhook',
    html`<p>
        A program on this computer wants to use this node as you. It waits at <code>${request.redirectUri}</code>.
      </p>
      ${problem === undefined ? '' : html`<p class="bad" role="alert">${problem}</p>`}
      <form method="post" action="/auth/authorize">
        ${hidden({
          client_id: request.clientId,
          redirect_uri: request.redirectUri,
          response_type: 'code',
          code_challenge: request.codeChallenge,
          code_challenge_method: 'S256',
          state: request.state,
          seal,
        })}
        ${
          email === undefined
            ? html`<label for="token">Your personal access token</label>
                <input id="token" name="token" type="password" autocomplete="off" required autofocus />
                <small>It begins with pcc_pat_. This browser is remembered for twelve hours, the token is not.</small>`
            : html`<p>You are <b>${email}</b>.</p>`
        }
        <p>
          <button name="act" value="allow">Let it in</button>
          <button name="act" value="deny" formnovalidate>No</button>
          ${email === undefined ? '' : html`<button name="act" value="leave">I am somebody else</button>`}
        </p>
      </form>`,
  )

/** For a request that cannot be served: it is not known to be the user's, so nobody is sent anywhere. */
export const problemPage = (problem: string) =>
  page(
    'This log-in cannot go on',
    html`<p class="bad">${problem}</p>
      <p>Start it again: <code>offhook auth login --browser</code></p>`,
  )

type Html = ReturnType<typeof html>

const hidden = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)

const page = (title: string, content: Html) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${content}
      </body>
    </html>`

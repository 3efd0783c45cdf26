import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'

/** As much of an OpenAPI document as the page shows. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string | undefined }
  readonly paths?: Readonly<Record<string, { readonly [Name in Method]?: Operation | undefined }>> | undefined
}

interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
type Method = (typeof methods)[number]

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
details { border-top: 1px solid #ddd; padding: .4rem 0; } summary { cursor: pointer; }
code { font: 14px ui-monospace, monospace; } b { display: inline-block; width: 4.5rem; font: 600 13px ui-monospace, monospace; }
table { border-collapse: collapse; margin: .5rem 0 .5rem 4.5rem; } td { padding: .1rem 1rem .1rem 0; vertical-align: top; }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #ddd; } details { border-color: #444; } a { color: #8bf; } }
`

/** The page brings its own style and no script, and may load nothing else. */
export const docsPagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'`

/** A page for people: every operation, by group. */
export function docsPage({ info, paths = {} }: ApiDocument) {
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method]
      return operation ? [{ path, method, operation }] : []
    }),
  )
  const groups = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'Other')
  const sections = [...groups].map(
    ([name, members]) =>
      html`<h2>${name}</h2>
        ${members.map(({ path, method, operation }) => operationView(path, method, operation))}`,
  )
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <h1>${info.title} <small>${info.version}</small></h1>
        <p>${info.description ?? ''}</p>
        <p>The whole contract, for tools: <a href="/openapi.json">/openapi.json</a></p>
        ${sections}
      </body>
    </html>`
}

const operationView = (path: string, method: string, { summary = '', responses = {} }: Operation) =>
  html`<details>
    <summary><b>${method.toUpperCase()}</b><code>${path}</code></summary>
    <p>${summary}</p>
    <table>
      ${Object.entries(responses).map(
        ([status, { description = '' }]) =>
          html`<tr>
            <td><code>${status}</code></td>
            <td>${description}</td>
          </tr>`,
      )}
    </table>
  </details> `

import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { NamedSchemas } from './docs-fields.ts'
import { type Operation, operationView } from './docs-operation.ts'

/** As much of an OpenAPI document as the page shows. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly paths?: Readonly<Record<string, { readonly [Name in Method]?: Operation }>>
  readonly components?: {
    readonly schemas?: NamedSchemas
    readonly securitySchemes?: Readonly<Record<string, { readonly description?: string }>>
  }
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const
type Method = (typeof methods)[number]

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: .9rem; margin: 1rem 0 .2rem; } nav a { margin-right: 1rem; white-space: nowrap; }
details { border-top: 1px solid #ddd; padding: .4rem 0; } details[open] { padding-bottom: 1.5rem; }
summary { cursor: pointer; } summary span { color: #666; font-size: 14px; margin-left: .8rem; }
details > :not(summary) { margin-left: 4.5rem; }
code { font: 14px ui-monospace, monospace; } b { display: inline-block; width: 4.5rem; font: 600 13px ui-monospace, monospace; }
table { border-collapse: collapse; font-size: 14px; } td { padding: .1rem 1.2rem .1rem 0; vertical-align: top; } i { color: #888; }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #ddd; } details { border-color: #444; }
a { color: #8bf; } summary span { color: #aaa; } }
`

/** The page brings its own style and no script, and may load nothing else. */
export const docsPagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'`

/** A page for people: every operation, by group. */
export function docsPage({ info, paths = {}, components = {} }: ApiDocument) {
  const { schemas: named = {}, securitySchemes = {} } = components
  const credentials = Object.fromEntries(
    Object.entries(securitySchemes).map(([name, { description = name }]) => [name, description]),
  )
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method]
      return operation ? [{ path, method, operation, named, credentials }] : []
    }),
  )
  const groups = [...Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'Other')]
  const anchor = (name: string) => name.toLowerCase().replaceAll(/[^a-z]+/g, '-')
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${info.title}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        <h1>${info.title} <small>${info.version}</small></h1>
        <p>${info.description ?? ''}</p>
        <p>The whole contract, for tools: <a href="/openapi.json">/openapi.json</a></p>
        <nav>${groups.map(([name]) => html`<a href="#${anchor(name)}">${name}</a> `)}</nav>
        ${groups.map(
          ([name, members]) =>
            html`<h2 id="${anchor(name)}">${name}</h2>
              ${members.map(operationView)}`,
        )}
      </body>
    </html>`
}

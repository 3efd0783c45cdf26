import { html } from 'hono/html'
import { formsOf, type NamedSchemas, type ShownField, type ShownSchema, typeOf } from './docs-fields.ts'

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: ShownSchema }>>
}

/** As much of an operation as the page shows. */
export interface Operation {
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema?: ShownSchema
  }[]
  readonly requestBody?: Content
  readonly responses?: Readonly<Record<string, Content & { readonly description?: string }>>
}

export interface ShownOperation {
  readonly path: string
  readonly method: string
  readonly operation: Operation
  readonly named: NamedSchemas
  /** What a kind of credential is, by the name of its scheme. */
  readonly credentials: Readonly<Record<string, string>>
}

/** One operation: closed it is a line, open it says what to send and what comes back. */
export function operationView({ path, method, operation, named, credentials }: ShownOperation) {
  const { summary = '', security = [], parameters = [], requestBody, responses = {} } = operation
  const kinds = security.flatMap((schemes) => Object.keys(schemes)).map((name) => credentials[name] ?? name)
  const shownParameters = parameters.map(({ name, in: place, required = false, schema = {} }) => ({
    name,
    type: `${typeOf(schema, named)}, in the ${place}`,
    required,
    description: schema.description ?? '',
  }))
  const body = jsonOf(requestBody)
  return html`<details>
    <summary><b>${method.toUpperCase()}</b><code>${path}</code> <span>${summary}</span></summary>
    <p>${kinds.length === 0 ? 'Open to everybody.' : `Credential: ${kinds.join(' Or: ')}`}</p>
    ${fieldTable('Parameters', shownParameters)} ${body ? formTables('Body', body, named) : ''}
    ${Object.entries(responses).map(([status, response]) => answerView(status, response, named))}
  </details> `
}

function answerView(
  status: string,
  { description = '', content }: Content & { readonly description?: string },
  named: NamedSchemas,
) {
  const schema = status < '300' ? jsonOf({ ...(content && { content }) }) : undefined
  return html`<p><code>${status}</code> ${description}</p>
    ${schema ? formTables('', schema, named) : ''}`
}

const jsonOf = (content: Content | undefined) => content?.content?.['application/json']?.schema

const formTables = (title: string, schema: ShownSchema, named: NamedSchemas) =>
  formsOf(schema, named).map((fields, at) => fieldTable(at === 0 ? title : `${title}, or`, fields))

function fieldTable(title: string, fields: readonly ShownField[]) {
  if (fields.length === 0) return ''
  return html`${title === '' ? '' : html`<h3>${title}</h3>`}
    <table>
      ${fields.map(
        ({ name, type, required, description }) =>
          html`<tr>
            <td><code>${name}</code>${required ? '' : html` <i>optional</i>`}</td>
            <td>${type}</td>
            <td>${description}</td>
          </tr>`,
      )}
    </table>`
}

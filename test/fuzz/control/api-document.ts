/** As much of JSON Schema as the node's own document uses. References are resolved. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: Schema
}

export interface Operation {
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
  /** One of these kinds of credential; none: anybody may ask. */
  readonly security?: readonly Readonly<Record<string, unknown>>[]
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

/** Whoever deletes the organization of all credentials is let in nowhere any more. */
const lastWord = /^\/v1\/offhook\/organizations\/\{org\}$/

/** Every operation of the document but the one that ends all others. */
export function operationsOf(document: ApiDocument): Operation[] {
  const resolve = resolverOf(document.components?.schemas ?? {})
  const all = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...(resolve(operation) as Omit<Operation, 'method' | 'path'>),
      method: method.toUpperCase(),
      path,
    })),
  )
  return all.filter(({ method, path }) => method !== 'DELETE' || !lastWord.test(path))
}

/** Puts what is referred to in the place of each reference, and makes one schema of `allOf`. */
function resolverOf(named: Readonly<Record<string, unknown>>): (value: unknown) => unknown {
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    const { $ref, allOf, ...others } = value as Record<string, unknown>
    if (typeof $ref === 'string') return resolve(named[$ref.split('/').at(-1) ?? ''])
    const plain = Object.fromEntries(Object.entries(others).map(([name, member]) => [name, resolve(member)]))
    return Array.isArray(allOf) ? merge([...allOf.map(resolve), plain]) : plain
  }
  return resolve
}

function merge(schemas: readonly unknown[]): Schema {
  const all = schemas as readonly Schema[]
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map(({ properties }) => properties)) as Record<string, Schema>,
    required: all.flatMap(({ required = [] }) => required),
  }
}

/** Fails for fields that are not declared: those of the answers of the node. */
export function strict(schema: Schema): Schema {
  const { properties, items, anyOf, oneOf, additionalProperties } = schema
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, strict(member)])),
      additionalProperties: additionalProperties ?? false,
    }),
    ...(items && { items: strict(items) }),
    ...(anyOf && { anyOf: anyOf.map(strict) }),
    ...(oneOf && { oneOf: oneOf.map(strict) }),
  }
}

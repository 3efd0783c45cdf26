/** As much of a schema of the document as people are shown. */
export interface ShownSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, ShownSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: unknown
  readonly items?: ShownSchema
  readonly allOf?: readonly ShownSchema[]
  readonly anyOf?: readonly ShownSchema[]
  readonly oneOf?: readonly ShownSchema[]
}

export type NamedSchemas = Readonly<Record<string, ShownSchema>>

export interface ShownField {
  /** `agents[].name` for what lies deeper. */
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly description: string
}

const deepest = 4

/** The forms that a value can have: one, but for unions of objects. */
export function formsOf(schema: ShownSchema, named: NamedSchemas): readonly (readonly ShownField[])[] {
  const found = resolve(schema, named)
  const forms = found.anyOf ?? found.oneOf
  return (forms ?? [found]).map((form) => fieldsOf(form, named, '', deepest))
}

function fieldsOf(schema: ShownSchema, named: NamedSchemas, prefix: string, depth: number): readonly ShownField[] {
  const { properties = {}, required = [] } = resolve(schema, named)
  return Object.entries(properties).flatMap(([key, member]) => {
    const found = resolve(member, named)
    const name = `${prefix}${key}`
    const { description = '' } = found
    const own = { name, type: typeOf(found, named), required: required.includes(key), description }
    return depth === 0 ? [own] : [own, ...fieldsBelow(found, named, name, depth - 1)]
  })
}

function fieldsBelow(schema: ShownSchema, named: NamedSchemas, name: string, depth: number): readonly ShownField[] {
  if (schema.items) return fieldsOf(schema.items, named, `${name}[].`, depth)
  const [form] = (schema.anyOf ?? schema.oneOf ?? []).map((one) => resolve(one, named)).filter((one) => one.properties)
  return fieldsOf(form ?? schema, named, `${name}.`, depth)
}

/** Such as `text`, `"cold" | "warm"`, `list of objects`, `whole number or null`. */
export function typeOf(schema: ShownSchema, named: NamedSchemas): string {
  const found = resolve(schema, named)
  const { enum: choices, format, items } = found
  const forms = found.anyOf ?? found.oneOf
  if (forms) return [...new Set(forms.map((form) => typeOf(form, named)))].join(' or ')
  if (choices) return choices.map((choice) => JSON.stringify(choice)).join(' | ')
  const types = typeof found.type === 'string' ? [found.type] : (found.type ?? ['any'])
  return types
    .map((type) => {
      if (type === 'array') return items ? `list of ${plural(typeOf(items, named))}` : 'list'
      return type === 'string' && format !== undefined ? (formats[format] ?? 'text') : (words[type] ?? type)
    })
    .join(' or ')
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: 'true or false',
  any: 'any JSON',
}
const formats: Readonly<Record<string, string>> = { 'date-time': 'time', uuid: 'UUID', uri: 'URL', base64: 'base64' }

const plural = (type: string) => (type === 'text' || type.includes(' ') || type.includes('"') ? type : `${type}s`)

/** What a reference stands for; of several parts that hold at once, all their fields. */
function resolve(schema: ShownSchema, named: NamedSchemas): ShownSchema {
  const { $ref, allOf, ...own } = schema
  const referred = $ref === undefined ? undefined : named[$ref.split('/').at(-1) ?? '']
  const parts = [...(referred ? [referred] : []), ...(allOf ?? [])].map((part) => resolve(part, named))
  if (parts.length === 0) return own
  return {
    ...Object.assign({}, ...parts, own),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties), own.properties) as NamedSchemas,
    required: [...parts, own].flatMap(({ required = [] }) => required),
  }
}

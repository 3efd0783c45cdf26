import type { Context } from 'hono'
import { isJsonObject } from '../../plivo/json-fields.ts'
import { ApiError, invalid } from './api-error.ts'
import { RequestFields, type FieldTexts } from './request-fields.ts'

/** Arguments of a GET. */
export const queryFields = (context: Context): RequestFields => new RequestFields(context.req.query())

/**
 * Arguments in a body: JSON, or a form as older SDKs send it. A DELETE may have them in its query, its body or both: the
 * Node SDK sends them in the body, against the documentation (Plivo reference 7.1).
 * @throws ApiError 400 when the body is no JSON object.
 */
export async function bodyFields(context: Context): Promise<RequestFields> {
  const query = context.req.method === 'DELETE' ? context.req.query() : {}
  return new RequestFields({ ...query, ...(await readBody(context)) })
}

async function readBody(context: Context): Promise<FieldTexts> {
  const contentType = context.req.header('content-type') ?? ''
  if (/^(?:application\/x-www-form-urlencoded|multipart\/form-data)/i.test(contentType)) return readForm(context)
  const text = await context.req.text()
  return text.trim() === '' ? {} : textsOf(parseJson(text))
}

async function readForm(context: Context): Promise<FieldTexts> {
  const form = await context.req.parseBody().catch(() => {
    throw new ApiError(400, 'the body is not a form')
  })
  return Object.fromEntries(Object.entries(form).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

export function parseJson(text: string): Readonly<Record<string, unknown>> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ApiError(400, 'the body is not JSON')
  }
  if (!isJsonObject(json)) throw new ApiError(400, 'the body is not a JSON object')
  return json
}

function textsOf(object: Readonly<Record<string, unknown>>): FieldTexts {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(object)) {
    if (value === null) texts[name] = ''
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      texts[name] = String(value)
    } else throw invalid(name, 'a text, a number, true or false')
  }
  return texts
}

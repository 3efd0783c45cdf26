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
  const body = await readBytes(context)
  if (isForm(contentType)) return readForm(body, contentType)
  const text = body.toString('utf8')
  return text.trim() === '' ? {} : textsOf(parseJson(text))
}

/** Base64 of a caller's voice makes the longest bodies. */
const maxBodyBytes = 16 * 1024 * 1024

/** @throws ApiError 413 when there are too many. */
export async function readBytes(context: Context): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of context.req.raw.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) throw new ApiError(413, `the body must have at most ${maxBodyBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const isForm = (contentType: string): boolean =>
  /^(?:application\/x-www-form-urlencoded|multipart\/form-data)/i.test(contentType)

async function readForm(body: Buffer, contentType: string): Promise<FieldTexts> {
  const headers = { 'content-type': contentType }
  const form = await new Response(new Uint8Array(body), { headers }).formData().catch(() => {
    throw new ApiError(400, 'the body is not a form')
  })
  return Object.fromEntries([...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
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

export function textsOf(object: Readonly<Record<string, unknown>>): FieldTexts {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(object)) {
    if (value === null) texts[name] = ''
    else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      texts[name] = String(value)
    } else throw invalid(name, 'a text, a number, true or false')
  }
  return texts
}

import { z } from '@hono/zod-openapi'

/** Every error of every surface. */
const errorBody = z
  .object({
    error: z.string().openapi({ description: 'What is wrong and what to do about it.' }),
    code: z.string().openapi({ description: 'The HTTP status as text on some surfaces, a word on others.' }),
    message: z.string().openapi({ description: 'The same as `error`.' }),
    status: z.int(),
  })
  .openapi('Error')

const reasons = {
  400: 'The request is not valid; the text names the field.',
  401: 'The credential is missing, unknown or revoked, or not of the kind that this path takes.',
  403: 'The role of the caller does not allow it.',
  404: 'There is no such thing in this organization.',
  409: 'It clashes with what is there.',
  413: 'The request is too large.',
  429: 'Too many requests, or no room for another session.',
} as const

type Reason = keyof typeof reasons

/** The refusals that an operation documents, beyond those that every one has. */
export function refusals(...statuses: Reason[]) {
  const all = [...new Set<Reason>([400, 401, 413, 429, ...statuses])].toSorted((a, b) => a - b)
  return Object.fromEntries(
    all.map((status) => [
      status,
      { description: reasons[status], content: { 'application/json': { schema: errorBody } } },
    ]),
  )
}

/** An answer with a JSON body. */
export const answer = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A JSON body that must be there. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { 'application/json': { schema } },
})

export const statusOk = z.object({ status: z.literal('OK') }).openapi('StatusOk')

/** ISO 8601 in UTC. */
export const time = z.string().openapi({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })

export const bearer = {
  token: [{ personalAccessToken: [] }],
  privateKey: [{ privateKey: [] }],
  publicKey: [{ publicKey: [] }],
  tokenOrPrivateKey: [{ personalAccessToken: [] }, { privateKey: [] }],
}

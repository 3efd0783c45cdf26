import { randomUUID } from 'node:crypto'
import type { Context, Hono } from 'hono'
import { ApiError, notFound } from './api-error.ts'

export type Handler = (context: Context) => Response | Promise<Response>

/** Serves one path; any other method is answered with 405 (Plivo reference 7.1). */
export function resource(app: Hono, path: string, handlers: Partial<Record<'GET' | 'POST' | 'DELETE', Handler>>): void {
  for (const [method, handler] of Object.entries(handlers)) app.on(method, path, handler)
  app.all(path, () => {
    throw new ApiError(405, 'method not allowed')
  })
}

/** Every JSON reply of the API has a UUID of its own (section 7.1). */
export const reply = (context: Context, body: object, status: 200 | 201 | 202 = 200): Response =>
  context.json({ api_id: randomUUID(), ...body }, status)

/** Deleted: there is no body. */
export const deleted = (context: Context): Response => context.body(null, 204)

/** A part of the path. */
export function pathPart(context: Context, name: string): string {
  const part = context.req.param(name)
  if (part === undefined || part === '') throw notFound()
  return part
}

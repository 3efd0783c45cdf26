import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Log } from '../lib/log.ts'
import type { Access } from './access.ts'
import type { Caller } from './caller.ts'

/** What a request carries on its way to a handler. */
export interface ControlEnv {
  Bindings: Partial<HttpBindings> & {
    /** Of whoever asks, if somebody in front knows better than the socket. */
    readonly address?: string
  }
  Variables: {
    log: Log
    /** Whose credential the request has; set wherever one is needed. */
    caller: Caller
    /** What the caller may do in the organization of the request; set wherever there is one. */
    access: Access
    /** The answer is a bot's, and goes out as it is. */
    fromBot?: boolean
  }
}

export type ControlApp = OpenAPIHono<ControlEnv>

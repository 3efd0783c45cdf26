/** What `/start` is compared with: a bare Hono handler that reads a body and answers as many bytes. */
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { serveTasks } from '../processes/tasks.ts'

const tasks = {
  /** Returns the port. */
  start(): Promise<number> {
    const app = new Hono()
    app.post('/v1/public/:agent/start', async (context) => {
      const body: unknown = await context.req.json()
      return context.json({ sessionId: crypto.randomUUID(), token: 'x'.repeat(200), body })
    })
    return new Promise((resolve) => {
      serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) => resolve(address.port))
    })
  },
}

export type BareHonoTasks = typeof tasks

serveTasks(tasks)

/** Sends requests on a schedule, whatever becomes of those before: a process of its own. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pacer } from '../generator/pacer.ts'
import { serveTasks } from '../processes/tasks.ts'
import { type Percentiles, percentilesOf } from '../report/percentiles.ts'

export interface AskOptions {
  readonly port: number
  readonly key: string
  readonly path: string
  readonly body: string
  readonly perSecond: number
  readonly seconds: number
}

export interface Asked {
  readonly sent: number
  /** Answers by status; 0: no answer. */
  readonly statuses: Readonly<Record<number, number>>
  /** Answers a second, over the time that they took to come. */
  readonly answeredPerSecond: number
  /** From the moment a request was due. */
  readonly tookMs: Percentiles
}

const tasks = {
  async ask({ port, key, path, body, perSecond, seconds }: AskOptions): Promise<Asked> {
    const agent = new Agent({ keepAlive: true, maxSockets: 64 })
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const total = perSecond * seconds
    const statuses: Record<number, number> = {}
    const tookMs: number[] = []
    const done = Promise.withResolvers<void>()
    const pacer = new Pacer(1000 / perSecond, (n) => {
      if (n >= total) return
      const dueAt = pacer.dueAt(n)
      const settle = (status: number) => {
        statuses[status] = (statuses[status] ?? 0) + 1
        tookMs.push(performance.now() - dueAt)
        if (tookMs.length === total) done.resolve()
      }
      const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (response) => {
        response.resume().once('end', () => settle(response.statusCode ?? 0))
      })
      sent.once('error', () => settle(0))
      sent.end(body)
    })
    const startedAt = performance.now()
    pacer.start()
    await Promise.race([done.promise, sleep(seconds * 1000 + 15_000)])
    pacer.stop()
    const answeredPerSecond = tookMs.length / ((performance.now() - startedAt) / 1000)
    agent.destroy()
    return { sent: total, statuses, answeredPerSecond, tookMs: percentilesOf(tookMs) }
  },
}

export type AskerTasks = typeof tasks

serveTasks(tasks)

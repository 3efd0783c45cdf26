import { z } from '@hono/zod-openapi'
import type { JsonObject } from '../store/json.ts'
import type { Session } from '../store/session.ts'
import type { SessionDetails } from './contract/sessions.ts'
import { isoTime } from './iso-time.ts'

/** What the runtime keeps of a session's use of its machine. */
const storedMetrics = z.object({
  samples: z.array(z.object({ atMs: z.number(), cpuMillicores: z.number(), memoryBytes: z.number() })),
})

const percentiles = [50, 90, 95, 99] as const

/** Percentiles and time series for clients; null when nothing was measured. */
export function readMetrics(session: Session, metrics: JsonObject | undefined): SessionDetails['resourceMetrics'] {
  const { samples } = storedMetrics.safeParse(metrics).data ?? { samples: [] }
  const last = samples.at(-1)
  if (!last) return null
  const cpu = samples.map(({ cpuMillicores }) => cpuMillicores).toSorted((a, b) => a - b)
  const memory = samples.map(({ memoryBytes }) => memoryBytes).toSorted((a, b) => a - b)
  const [cpuP50, cpuP90, cpuP95, cpuP99] = percentiles.map((percent) => percentile(cpu, percent))
  const [memoryP50, memoryP90, memoryP95, memoryP99] = percentiles.map((percent) => percentile(memory, percent))
  return {
    id: session.id,
    sessionId: session.id,
    sampleCount: samples.length,
    cpuMillicoresP50: cpuP50 ?? 0,
    cpuMillicoresP90: cpuP90 ?? 0,
    cpuMillicoresP95: cpuP95 ?? 0,
    cpuMillicoresP99: cpuP99 ?? 0,
    memoryBytesP50: memoryP50 ?? 0,
    memoryBytesP90: memoryP90 ?? 0,
    memoryBytesP95: memoryP95 ?? 0,
    memoryBytesP99: memoryP99 ?? 0,
    timeseries: samples.map(({ atMs, cpuMillicores, memoryBytes }) => ({
      t: Math.floor(atMs / 1000),
      c: cpuMillicores,
      m: memoryBytes,
    })),
    eventTs: isoTime(last.atMs),
    createdAt: isoTime(session.createdAt),
  }
}

/** The smallest value that `percent` of all are not above. */
const percentile = (sorted: readonly number[], percent: number): number =>
  sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0

import type { AnswerOf } from '../control/client.ts'
import type * as live from '../control/contract/live.ts'
import { formatTable } from './table.ts'
import { paint } from './terminal.ts'

type Running = AnswerOf<typeof live.listInstances>
type Pool = Running['pools'][number]
type Instance = Pool['instances'][number]

const headers = ['AGENT', 'VERSION', 'INSTANCE', 'STATE', 'SESSIONS', 'SERVED', 'AGE', 'CPU', 'MEMORY']

/** Pools and their instances as a table; below it, what keeps instances from coming up. `now`: milliseconds since the epoch. */
export function formatProcesses({ node, pools }: Running, now: number): string {
  const rows = pools.flatMap((pool) => rowsOf(pool, now))
  const table =
    rows.length === 0
      ? 'No instances: no agent is deployed, or none has been called lately.'
      : formatTable(headers, rows)
  const problems = pools.flatMap(({ agent, problem }) =>
    problem === null ? [] : [`${paint('red', agent)}: ${problem}`],
  )
  return [nodeText(node), '', table, ...(problems.length > 0 ? ['', ...problems] : [])].join('\n')
}

function nodeText({ calls, room, limit, eventLoopLagMs, busyProcessors, processors }: Running['node']): string {
  const short = limit === 'setting' ? 'by OFFHOOK_MAX_CALLS' : `${limit} first`
  const parts = [
    `${calls} ${calls === 1 ? 'call' : 'calls'}`,
    room === 0
      ? paint('red', `no room for more (${limit === 'setting' ? 'OFFHOOK_MAX_CALLS' : limit})`)
      : `room for ${room} more (${short})`,
    `event loop ${eventLoopLagMs.toFixed(1)} ms late`,
    `${busyProcessors.toFixed(1)} of ${processors} processors busy`,
  ]
  return parts.join(paint('dim', '  ·  '))
}

function rowsOf(pool: Pool, now: number): string[][] {
  const agent = pool.state === 'serving' ? pool.agent : `${pool.agent} (${pool.state})`
  const version = pool.deploymentId?.slice(0, 8) ?? ''
  const rows = pool.instances.map((instance) => [agent, version, ...cellsOf(instance, now)])
  const waiting = pool.waiting === 0 ? '' : `${pool.waiting} waiting`
  if (pool.starting > 0) rows.push([agent, version, `${pool.starting} more`, paint('yellow', 'starting'), waiting])
  return rows
}

function cellsOf(instance: Instance, now: number): string[] {
  const { instanceId, state, sessionIds, sessionsServed, readyAt, cpuMillicores, memoryBytes } = instance
  const sessions = sessionIds.map((id) => id.slice(0, 8)).join(' ')
  return [
    instanceId.slice(0, 12),
    state === 'ready' && sessionIds.length === 0 ? paint('dim', 'idle') : state,
    sessions,
    String(sessionsServed),
    ageText(now - Date.parse(readyAt)),
    cpuMillicores === null ? '' : `${(cpuMillicores / 10).toFixed(1)} %`,
    memoryBytes === null ? '' : `${Math.round(memoryBytes / 1024 / 1024)} MB`,
  ]
}

/** `12 s`, `4 min`, `3 h`, `2 d`. */
function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}

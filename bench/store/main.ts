/**
 * Does the store make calls wait? 200,000 sessions in SQLite are listed, searched and pruned while a ticker runs every 20 ms in
 * the same thread as calls would: how late is the ticker, with and without?
 *
 *     node bench/store/main.ts [sessions]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from '../../src/lib/log.ts'
import { openStore } from '../../src/store/store.ts'
import { fillStore } from './fill.ts'

const tickMs = 20
const measureForMs = 8000
const count = Number(process.argv[2] ?? 200_000)
const dayMs = 24 * 60 * 60 * 1000

const folder = await mkdtemp(join(tmpdir(), 'offhook-bench-'))
const open = () =>
  openStore({ folder, clock: systemClock, log: silentLog, retention: { sessionsMs: 180 * dayMs, logsMs: 15 * dayMs } })

const first = await open()
const { id: organizationId } = await first.organizations.create({ verboseName: 'Bench' })
await first[Symbol.asyncDispose]()
const agentIds = Array.from({ length: 20 }, (_, index) => `agent ${index}`)
fillStore({ file: join(folder, 'store.sqlite'), organizationId, agentIds, sessions: count })

const store = await open()
report('nothing else', await ticker(async () => undefined))
report(
  'list sessions',
  await ticker(async () => {
    await store.sessions.list(organizationId, { agentId: `agent ${turn() % 20}`, limit: 100 })
  }),
)
report(
  'list the rarest',
  await ticker(async () => {
    await store.sessions.list(organizationId, { botStartMsMin: 999_999, startType: 'cold' })
  }),
)
report(
  'search logs',
  await ticker(async () => {
    await store.logs.list(organizationId, { query: 'nowhere to be found' })
  }),
)
report(
  'start and end',
  await ticker(async () => {
    const session = { agentId: 'agent 1', versionId: 'v', nodeId: 'n' }
    const { id } = await store.sessions.create(organizationId, session)
    await store.sessions.end(organizationId, id, { completionStatus: '200', reason: 'x' })
  }),
)
let pruned = 0
report(
  'prune',
  await ticker(async () => {
    pruned += await store.prune()
  }),
)
console.log(`(${pruned} rows pruned)`)
await store[Symbol.asyncDispose]()
await rm(folder, { recursive: true })

function turn(): number {
  return Math.floor(Math.random() * 1000)
}

interface Measured {
  readonly lateMs: readonly number[]
  readonly tookMs: readonly number[]
}

/** Runs `work` again and again while a ticker ticks on its schedule. */
async function ticker(work: () => Promise<void>): Promise<Measured> {
  const lateMs: number[] = []
  const start = performance.now()
  let due = start + tickMs
  let timer = setTimeout(tick, tickMs)
  function tick() {
    const now = performance.now()
    lateMs.push(now - due)
    due += tickMs
    timer = setTimeout(tick, Math.max(1, due - performance.now()))
  }
  const tookMs: number[] = []
  while (performance.now() - start < measureForMs) {
    const begun = performance.now()
    await work()
    tookMs.push(performance.now() - begun)
    if ((tookMs.at(-1) ?? 0) < 0.05) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  clearTimeout(timer)
  return { lateMs, tookMs }
}

function report(what: string, { lateMs, tookMs }: Measured): void {
  const at = (values: readonly number[], share: number) =>
    (values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0).toFixed(2)
  const late = `late p50 ${at(lateMs, 0.5)}  p99 ${at(lateMs, 0.99)}  max ${at(lateMs, 1)} ms`
  console.log(
    `${what.padEnd(16)} ${late}   done ${tookMs.length} times, p50 ${at(tookMs, 0.5)}  max ${at(tookMs, 1)} ms`,
  )
}

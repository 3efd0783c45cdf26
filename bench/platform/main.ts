/**
 * Do programs that use the API make callers wait? 20 echo calls run on a node as `offhook serve` runs it, while
 * sessions are started 500 times a second (`starts`), or its database of 200,000 sessions is listed, searched and pruned (`records`).
 * Each window stands beside one in which nothing else happens.
 *
 *     node bench/platform/main.ts [--only starts|records] [--seconds 20] [--calls 20] [--sessions 200000]
 */
import { parseArgs } from 'node:util'
import type { EchoResult } from '../generator/echo-window.ts'
import { untilQuiet } from '../machine/quiet.ts'
import { Workplace } from '../measure/workplace.ts'
import { Child } from '../processes/child.ts'
import { formatTable, number, percent } from '../report/table.ts'
import type { Asked, AskerTasks } from './asker.ts'
import type { BareHonoTasks } from './bare-hono.ts'
import { type BusyNode, during, startNode } from './calls.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    calls: { type: 'string', default: '20' },
    sessions: { type: 'string', default: '200000' },
    'per-second': { type: 'string', default: '500' },
  },
})
const seconds = Number(values.seconds)
const calls = Number(values.calls)
const perSecond = Number(values['per-second'])
const { signal } = new AbortController()
const startPath = '/v1/public/bench/start'
const startBody = JSON.stringify({ transport: 'websocket', body: { customer: 'ada', order: 1234 } })

if (values.only !== 'records') await measureStarts()
if (values.only !== 'starts') await measureRecords(Number(values.sessions))

async function measureStarts(): Promise<void> {
  await using workplace = await Workplace.open(signal)
  await using node = await startNode(workplace, { sessions: 0 })
  await using asker = new Child<AskerTasks>(new URL('./asker.ts', import.meta.url), { signal })
  await using bare = new Child<BareHonoTasks>(new URL('./bare-hono.ts', import.meta.url), { signal })
  const { port, key } = node.serving
  const request = { key, path: startPath, body: startBody, perSecond, seconds }
  // What has just been loaded is not what runs all day.
  await asker.ask('ask', { ...request, port, seconds: 3 })

  await untilQuiet(20_000, signal)
  const bareAlone = await asker.ask('ask', { ...request, port: await bare.ask('start', undefined) })
  const nodeAlone = await asker.ask('ask', { ...request, port })
  const without = await heard(node, async () => undefined)
  let beside: Asked | undefined
  const withStarts = await heard(node, async () => {
    beside = await asker.ask('ask', { ...request, port })
  })
  console.log(`\nstart, transport "websocket", ${perSecond} a second for ${seconds} s\n`)
  printAsked({ 'bare Hono handler': bareAlone, 'Offhook, no calls': nodeAlone, [`Offhook, ${calls} calls`]: beside })
  console.log(`\n${calls} echo calls meanwhile\n`)
  printHeard({ 'nothing else': without, [`${perSecond} starts a second`]: withStarts })
  await complain(node)
}

async function measureRecords(sessions: number): Promise<void> {
  await using workplace = await Workplace.open(signal)
  await using node = await startNode(workplace, { sessions })
  const { organization } = node.serving
  const cli = `/v1/organizations/${organization}`
  const turn = () => Math.floor(Math.random() * 1000)
  const works: Readonly<Record<string, () => Promise<unknown>>> = {
    'list sessions': () => get(node, `${cli}/services/bench/sessions?limit=100&offset=${turn()}`),
    'list every call': () => get(node, `/v1/offhook/organizations/${organization}/calls?limit=100`),
    'search logs': () => get(node, `${cli}/services/bench/logs?query=nowhere${turn()}&limit=100`),
    prune: () => node.child.ask('prune', undefined),
  }
  await untilQuiet(20_000, signal)
  const rows: Record<string, EchoResult> = { 'nothing else': await heard(node, async () => undefined) }
  const done: string[] = []
  for (const [name, work] of Object.entries(works)) {
    let times = 0
    rows[name] = await heard(node, async () => {
      const until = performance.now() + seconds * 1000
      for (; performance.now() < until; times++) await work()
    })
    done.push(`${name} ${times} times`)
  }
  console.log(`\n${calls} echo calls beside a database of ${sessions} sessions\n`)
  printHeard(rows)
  console.log(`\n  ${done.join(', ')}`)
  await complain(node)
}

function heard(node: BusyNode, run: () => Promise<void>): Promise<EchoResult> {
  return during(node, { calls, windowMs: seconds * 1000 }, { run, signal })
}

async function get({ serving: { port, token } }: BusyNode, path: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${token}` } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
}

function printAsked(rows: Readonly<Record<string, Asked | undefined>>): void {
  const lines = Object.entries(rows).map(([name, asked]) => {
    if (!asked) return [name]
    const { statuses, sent, answeredPerSecond, tookMs } = asked
    const good = percent(((statuses[200] ?? 0) / sent) * 100)
    return [name, number(answeredPerSecond), good, number(tookMs.p50), number(tookMs.p99), number(tookMs.max)]
  })
  process.stdout.write(formatTable(['', 'answers/s', '200', 'p50 ms', 'p99 ms', 'max ms'], lines))
}

function printHeard(rows: Readonly<Record<string, EchoResult>>): void {
  const lines = Object.entries(rows).map(([name, { frames, lost, late, roundTripMs, latenessMs }]) => [
    name,
    String(frames),
    String(lost),
    String(late),
    number(roundTripMs.p50),
    number(roundTripMs.p99),
    number(roundTripMs.max),
    number(latenessMs.p99),
  ])
  const heads = ['', 'frames', 'lost', 'late (> 40 ms)', 'p50 ms', 'p99 ms', 'max ms', 'generator p99 ms']
  process.stdout.write(formatTable(heads, lines))
}

async function complain({ child }: BusyNode): Promise<void> {
  for (const sentence of await child.ask('complaints', undefined)) console.log(`  the node logged: ${sentence}`)
}

/**
 * Does a node grow? 1,000 calls one after another, and again, each time with a rest until what is remembered of calls for a
 * while is forgotten; then six hours of call time in calls at once. Its memory and file descriptors in between.
 *
 *     node bench/instances/soak.ts [--one-by-one 1000] [--rounds 2] [--rest-minutes 12] [--calls 60] [--minutes 6]
 */
import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { memoryOf } from '../machine/memory.ts'
import { childrenOf } from '../machine/processes.ts'
import { startGenerator } from '../measure/echo-run.ts'
import { Workplace } from '../measure/workplace.ts'
import { Child } from '../processes/child.ts'
import type { GatewayTasks } from '../processes/gateway.ts'
import { formatTable, number } from '../report/table.ts'

const { values } = parseArgs({
  options: {
    'one-by-one': { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '2' },
    'rest-minutes': { type: 'string', default: '12' },
    calls: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '6' },
  },
})
const oneByOne = Number(values['one-by-one'])
const rounds = Number(values.rounds)
const restMinutes = Number(values['rest-minutes'])
const calls = Number(values.calls)
const minutes = Number(values.minutes)
const { signal } = new AbortController()
const sizes = { sessionsPerInstance: 1, warmInstances: 2 }
/** What is given back after a call is given back by then. */
const settleMs = 15_000

await using workplace = await Workplace.open(signal)
await using gateway = new Child<GatewayTasks>(new URL('../processes/gateway.ts', import.meta.url), { signal })
const rows: string[][] = []
const port = await gateway.ask('start', {
  bundle: workplace.speaksFirst,
  home: workplace.home,
  maxCalls: 2 * calls + 10,
})
await gateway.ask('deploy', sizes)
for (let round = 1; round <= rounds; round++) await callEach(round)
if (calls > 0) await callAtOnce()
process.stdout.write(`\n${formatTable(['', 'held MB', 'resident MB', 'descriptors', 'processes'], rows)}`)

async function callEach(round: number): Promise<void> {
  await using generator = startGenerator(signal)
  await generator.ask('dial', { port })
  const words = await generator.ask('callEach', { calls: oneByOne, everyMs: 60 })
  const lost = words.filter(({ failure }) => failure !== undefined).length
  await look(`after ${round * oneByOne} calls, ${lost} lost`)
  await look(`${restMinutes} minutes later`, restMinutes * 60_000)
}

async function callAtOnce(): Promise<void> {
  await gateway.ask('redeploy', { bundle: workplace.echo, ...sizes })
  await using generator = startGenerator(signal)
  const failures = await generator.ask('openEchoCalls', { target: 'gateway', port, calls })
  await generator.ask('stream', { warmUpMs: 10_000 })
  await generator.ask('measure', { windowMs: 1000 })
  await look(`${calls} calls, at first`, 0)
  await generator.ask('measure', { windowMs: minutes * 30_000 })
  await look(`${calls} calls, half of ${number((calls * minutes) / 60)} h of calls`, 0)
  await generator.ask('measure', { windowMs: minutes * 30_000 })
  await look(`${calls} calls, all of it`, 0)
  const { lost, damaged } = await generator.ask('finish', { graceMs: 2000 })
  await look(`after them: ${lost} frames lost, ${damaged} damaged in the second half, ${failures.length} calls refused`)
}

async function look(when: string, waitMs = settleMs): Promise<void> {
  await sleep(waitMs)
  const held = (await gateway.ask('heldBytes', undefined)) / 1024 / 1024
  const { rssMb } = await memoryOf([gateway.pid])
  const descriptors = (await readdir(`/proc/${gateway.pid}/fd`)).length
  const processes = (await childrenOf(gateway.pid)).length
  rows.push([when, number(held), number(rssMb), String(descriptors), String(processes)])
}

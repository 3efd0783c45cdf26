/**
 * Does a node grow? 1,000 calls one after another, then six hours of call time in calls at once; its memory and file
 * descriptors before, in the middle and after.
 *
 *     node bench/instances/soak.ts [--one-by-one 1000] [--calls 60] [--minutes 6]
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
    calls: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '6' },
  },
})
const oneByOne = Number(values['one-by-one'])
const calls = Number(values.calls)
const minutes = Number(values.minutes)
const { signal } = new AbortController()
const sizes = { sessionsPerInstance: 1, warmInstances: 2 }
/** What is given back after a call is given back by then. */
const settleMs = 15_000

await using workplace = await Workplace.open(signal)
await using gateway = new Child<GatewayTasks>(new URL('../processes/gateway.ts', import.meta.url), { signal })
const rows: string[][] = []
const port = await gateway.ask('start', { bundle: workplace.speaksFirst, home: workplace.home, maxCalls: 2 * calls })
await callEach()
await callAtOnce()
process.stdout.write(`\n${formatTable(['', 'held MB', 'resident MB', 'descriptors', 'processes'], rows)}`)

async function callEach(): Promise<void> {
  await gateway.ask('deploy', sizes)
  await using generator = startGenerator(signal)
  await generator.ask('dial', { port })
  const some = Math.ceil(oneByOne / 10)
  let lost = 0
  for (let made = 0; made < oneByOne; made += some) {
    const words = await generator.ask('callEach', { calls: some, everyMs: 60 })
    lost += words.filter(({ failure }) => failure !== undefined).length
    if (made === 0 || made === some * 4) await look(`after ${made + some} calls`)
  }
  await look(`after ${oneByOne} calls, ${lost} lost`)
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

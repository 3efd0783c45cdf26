/**
 * Ten deploys and two rollbacks while 100 echo calls run: what do the callers notice?
 *
 *     node bench/instances/deploys.ts [--calls 100] [--deploys 10]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Workplace } from '../measure/workplace.ts'
import { during, startNode } from '../platform/calls.ts'
import { formatTable, number } from '../report/table.ts'

const { values } = parseArgs({
  options: { calls: { type: 'string', default: '100' }, deploys: { type: 'string', default: '10' } },
})
const calls = Number(values.calls)
const deploys = Number(values.deploys)
const { signal } = new AbortController()
const everyMs = 3000
const windowMs = (deploys + 3) * everyMs

await using workplace = await Workplace.open(signal)
await using node = await startNode(workplace, { sessions: 0, warmInstances: 2, maxCalls: 2 * calls })

const rows = []
for (const [name, run] of [
  ['nothing else', async () => undefined],
  [`${deploys} deploys, 2 rollbacks`, deployAgain],
] as const) {
  const { frames, lost, late, damaged, roundTripMs } = await during(node, { calls, windowMs }, { run, signal })
  const figures = [frames, lost, damaged, late].map(String)
  rows.push([name, ...figures, number(roundTripMs.p50), number(roundTripMs.p99), number(roundTripMs.max)])
}
console.log(`\n${calls} echo calls, a process each\n`)
const heads = ['', 'frames', 'lost', 'damaged', 'late (> 40 ms)', 'p50 ms', 'p99 ms', 'max ms']
process.stdout.write(formatTable(heads, rows))
for (const sentence of await node.child.ask('complaints', undefined)) console.log(`  the node logged: ${sentence}`)

async function deployAgain(): Promise<void> {
  for (let n = 1; n <= deploys; n++) {
    await node.child.ask('deploy', { number: n })
    await sleep(everyMs / 3)
  }
  for (let n = 0; n < 2; n++) await node.child.ask('rollBack', undefined)
}

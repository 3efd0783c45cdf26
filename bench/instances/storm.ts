/**
 * A storm of calls: 50 within a second, to a bot that speaks at once, with an instance ready for each and with none;
 * then 50 to an echo that takes 20. What do callers hear, and what becomes of those that are in?
 *
 *     node bench/instances/storm.ts [--runs 3] [--calls 50]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { untilQuiet } from '../machine/quiet.ts'
import { startGenerator } from '../measure/echo-run.ts'
import { Workplace } from '../measure/workplace.ts'
import { Child } from '../processes/child.ts'
import type { GatewayTasks } from '../processes/gateway.ts'
import { percentilesOf } from '../report/percentiles.ts'
import { formatTable, number } from '../report/table.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, calls: { type: 'string', default: '50' } },
})
const calls = Number(values.calls)
const taken = Math.round(calls * 0.4)
const { signal } = new AbortController()
const stormMs = 1000

await using workplace = await Workplace.open(signal)
const words: string[][] = []
const echoes: string[][] = []
for (let run = 1; run <= Number(values.runs); run++) {
  words.push(await firstWords(`${calls} warm instances`, calls))
  words.push(await firstWords('none', 0))
  echoes.push(await overflow())
}
console.log(`\n${calls} calls in ${stormMs} ms: webhook to the bot's first audio\n`)
process.stdout.write(formatTable(['', 'p50 ms', 'p99 ms', 'max ms', 'lost'], words))
console.log(`\n${calls} calls at once to an agent that takes ${taken}\n`)
process.stdout.write(formatTable(['', 'taken', 'overflow', 'frames', 'lost', 'late (> 40 ms)'], echoes))

async function firstWords(name: string, warmInstances: number): Promise<string[]> {
  await using gateway = await startGateway(workplace.speaksFirst)
  await using generator = startGenerator(signal)
  await gateway.child.ask('deploy', { sessionsPerInstance: 1, warmInstances })
  while ((await gateway.child.ask('places', undefined)).free < warmInstances) await sleep(100)
  await untilQuiet(20_000, signal)
  await generator.ask('dial', { port: gateway.port })
  const heard = await generator.ask('callStorm', { calls, everyMs: stormMs / calls })
  await generator.ask('hangUp', undefined)
  const lost = heard.filter(({ failure }) => failure !== undefined).length
  const { p50, p99, max } = percentilesOf(heard.map(({ answerToAudioMs }) => answerToAudioMs))
  return [name, number(p50), number(p99), number(max), String(lost)]
}

async function overflow(): Promise<string[]> {
  await using gateway = await startGateway(workplace.echo)
  await using generator = startGenerator(signal)
  await gateway.child.ask('deploy', { sessionsPerInstance: 1, warmInstances: taken, maxSessions: taken })
  while ((await gateway.child.ask('places', undefined)).free < taken) await sleep(100)
  const { port } = gateway
  const refused = await generator.ask('openEchoCalls', { target: 'gateway', port, calls, storm: calls })
  await generator.ask('stream', { warmUpMs: 500 })
  const again = startGenerator(signal)
  await using _ = again
  // More come while those that are in go on.
  const [, later] = await Promise.all([
    generator.ask('measure', { windowMs: 10_000 }),
    again.ask('openEchoCalls', { target: 'gateway', port, calls, storm: calls }),
  ])
  const { frames, lost, late } = await generator.ask('finish', { graceMs: 2000 })
  const overflowed = refused.length + later.length
  const admitted = calls - refused.length
  return [`${2 * calls} calls`, String(admitted), String(overflowed), String(frames), String(lost), String(late)]
}

async function startGateway(bundle: string) {
  const child = new Child<GatewayTasks>(new URL('../processes/gateway.ts', import.meta.url), { signal })
  const port = await child.ask('start', { bundle, home: workplace.home, maxCalls: calls + 10 })
  return { child, port, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

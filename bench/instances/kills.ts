/**
 * What does a caller hear when instances die, or hang? Calls that say a tone all the time and have it said back, while
 * random instances are killed (SIGKILL), or halted (SIGSTOP).
 *
 *     node bench/instances/kills.ts [--kills 200] [--calls 500] [--lanes 12] [--seed 1] [--warm 4] [--only killed|hung]
 *
 * *Silence*: the longest stretch of a call in which neither the bot nor the node's own tone was heard, between the first
 * sound that the caller heard and the last, in steps of 20 ms. *Without the bot*: the same of what the bot said back. A call
 * that was taken over n times counts with its n longest stretches. *First word*: from the answer to the first sound.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { goertzel } from '../../src/audio/tone.ts'
import { bundleBot } from '../../src/runtime/bundle.ts'
import { callerHz, type KillStorm, killStorm, type KillStormOptions } from '../../test/support/kill-storm.ts'
import { botsOf } from '../../test/support/processes.ts'
import { resumingBot } from '../../test/support/resuming-bot.ts'
import { agent, plivoAuthToken } from '../generator/agent.ts'
import { Workplace } from '../measure/workplace.ts'
import { Child } from '../processes/child.ts'
import type { GatewayTasks } from '../processes/gateway.ts'
import { percentilesOf } from '../report/percentiles.ts'
import { formatTable } from '../report/table.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    calls: { type: 'string', default: '500' },
    lanes: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    warm: { type: 'string', default: '4' },
    only: { type: 'string' },
  },
})
const kills = Number(values.kills)
const calls = Number(values.calls)
const lanes = Number(values.lanes)
const seed = Number(values.seed)
const warm = Number(values.warm)
const { signal: interrupted } = new AbortController()
const stepMs = 20

await using workplace = await Workplace.open(interrupted)
const journal = join(workplace.home, 'journal')
const source = join(workplace.home, 'resuming.ts')
await writeFile(source, resumingBot(journal))
const { path: bundle } = await bundleBot(source, join(workplace.home, 'resuming.mjs'))

const storms = {
  killed: { signal: 'SIGKILL', callMs: 4000, kills, calls },
  hung: { signal: 'SIGSTOP', callMs: 8000, kills: Math.ceil(kills / 4), calls: Math.ceil(calls / 4) },
} as const
const rows: string[][] = []
for (const [what, options] of Object.entries(storms)) {
  if (values.only === undefined || values.only === what) rows.push(...(await storm(what, options)))
}
process.stdout.write(`\n${formatTable(['', 'n', 'p50 ms', 'p90 ms', 'p99 ms', 'longest ms'], rows)}`)

async function storm(
  what: string,
  options: Pick<KillStormOptions, 'signal' | 'callMs' | 'kills' | 'calls'>,
): Promise<string[][]> {
  await using gateway = new Child<GatewayTasks>(new URL('../processes/gateway.ts', import.meta.url), {
    signal: interrupted,
  })
  const port = await gateway.ask('start', { bundle, home: workplace.home, maxCalls: 2 * lanes })
  await gateway.ask('deploy', { sessionsPerInstance: 1, warmInstances: warm })
  await gateway.ask('ready', undefined)
  const done = await killStorm({
    ...options,
    answerUrl: `http://127.0.0.1:${port}/plivo-xml?agent=${agent.name}&org=${agent.organization}`,
    authTokens: [plivoAuthToken],
    journal,
    bots: () => botsOf(gateway.pid),
    lanes,
    seed,
  })
  await rm(journal)
  for (const sentence of await gateway.ask('complaints', undefined)) console.log(`  the node logged: ${sentence}`)
  return summarize(what, done)
}

function summarize(what: string, { calls: all, journal: lines, killed }: KillStorm): string[][] {
  const lost = all.filter(({ hangup, streams }) => hangup.source !== 'Caller' || streams.length !== 1)
  const silences: number[] = []
  const absences: number[] = []
  const firstWords: number[] = []
  for (const { callUuid, heard } of all) {
    const resumes = lines.filter(
      ({ call, what: event, run }) => call === callUuid && event === 'began' && run > 0,
    ).length
    const steps = stepsOf(heard)
    silences.push(...longest(steps.map(isSound), resumes))
    absences.push(...longest(steps.map(isBot), resumes))
    firstWords.push(steps.findIndex(isBot) * stepMs)
  }
  process.stdout.write(
    `${what}: ${killed.busy} instances with a call, ${killed.idle} idle; ${all.length} calls, ${lost.length} lost the line\n`,
  )
  return [
    row(`${what}: silence`, silences),
    row(`${what}: without the bot`, absences),
    row(`${what}: first word, all calls`, firstWords),
  ]
}

function row(name: string, values: readonly number[]): string[] {
  const { p50, p90, p99, max } = percentilesOf(values)
  return [name, values.length, p50, p90, p99, max].map(String)
}

function stepsOf({ samples, sampleRateHz }: KillStorm['calls'][number]['heard']): Int16Array[] {
  const length = (stepMs * sampleRateHz) / 1000
  return Array.from({ length: Math.floor(samples.length / length) }, (_, n) =>
    samples.subarray(n * length, (n + 1) * length),
  )
}

function isSound(step: Int16Array): boolean {
  return step.some((sample) => Math.abs(sample) > 200)
}

function isBot(step: Int16Array): boolean {
  return isSound(step) && goertzel(step, 8000, callerHz) > -20
}

/** The `count` longest stretches of `false` between the first `true` and the last, in milliseconds; 0 where there are fewer. */
function longest(steps: readonly boolean[], count: number): number[] {
  const stretches: number[] = []
  let since = steps.indexOf(true)
  for (let at = since; at !== -1; at = steps.indexOf(true, at + 1)) {
    stretches.push((at - since - 1) * stepMs)
    since = at
  }
  const sorted = stretches.sort((a, b) => b - a)
  return Array.from({ length: count }, (_, n) => Math.max(0, sorted[n] ?? 0))
}

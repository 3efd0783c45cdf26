/**
 * What each kind of bot takes to begin, and what a call with it costs, beside the same program without a node.
 *
 *     node bench/instances/kinds.ts [--runs 3] [--starts 10] [--calls 20] [--seconds 10]
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { build, stop } from 'esbuild'
import type { BotCode } from '../../src/runtime/bot-code.ts'
import { FirstWordCaller } from '../generator/first-word.ts'
import { processesOf } from '../machine/processes.ts'
import { untilQuiet } from '../machine/quiet.ts'
import { type EchoRun, measureEcho, runEcho, startGenerator } from '../measure/echo-run.ts'
import type { Target } from '../measure/target.ts'
import { Workplace } from '../measure/workplace.ts'
import { Child } from '../processes/child.ts'
import type { GatewayTasks } from '../processes/gateway.ts'
import { medianOf } from '../report/median.ts'
import { formatTable, number } from '../report/table.ts'
import { LoneBot, serverBotCodes, wordOf } from './bot-kinds.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    starts: { type: 'string', default: '10' },
    calls: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '10' },
  },
})
const starts = Number(values.starts)
const calls = Number(values.calls)
const { signal } = new AbortController()
const timing = { warmUpMs: 2000, windowMs: Number(values.seconds) * 1000, graceMs: 1000 }
const pauseMs = 250

await using workplace = await Workplace.open(signal)
const path = join(workplace.home, 'server-bot.cjs')
await build({
  entryPoints: ['bench/bots/server-bot.ts'],
  outfile: path,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  logLevel: 'error',
})
await stop()
const codes = await serverBotCodes(path)
if (!codes.has('image')) console.log('no container engine here: images are left out')

interface Starts {
  readonly warm: number
  readonly cold: number
}

const bareStarts: Starts[] = []
const begun = new Map<string, Starts[]>()
const bareCosts: EchoRun[] = []
const spent = new Map<string, EchoRun[]>()
const add = <T>(table: Map<string, T[]>, name: string, value: T) => table.set(name, [...(table.get(name) ?? []), value])

for (let run = 1; run <= Number(values.runs); run++) {
  await untilQuiet(20_000, signal)
  bareStarts.push(await startsWithoutNode())
  add(begun, 'SDK bot', await startsOf({ kind: 'bundle', path: workplace.speaksFirst, workingDirectory: '/tmp' }))
  for (const [kind, code] of codes) add(begun, kind, await startsOf(code))
  add(begun, 'url', await startsOfUrl())

  await untilQuiet(20_000, signal)
  bareCosts.push(await runEcho({ kind: 'bare', calls, timing }, workplace))
  const sdk: BotCode = { kind: 'bundle', path: workplace.echo, workingDirectory: '/tmp' }
  for (const each of new Set([1, 4, calls])) add(spent, `SDK bot, ${each} in each`, await costOf(sdk, each))
  for (const [kind, code] of codes) add(spent, kind, await costOf(code, 1))
  add(spent, 'url', await costOfUrl())
}
printStarts()
printCosts()

/** The program itself: started and connected to, and connected to while it runs. Milliseconds, the medians. */
async function startsWithoutNode(): Promise<Starts> {
  const caller = new FirstWordCaller(0)
  const cold: number[] = []
  const warm: number[] = []
  for (let made = 0; made < starts; made++) {
    const from = performance.now()
    await using bot = await LoneBot.start({ path, speaksFirst: true })
    cold.push((await caller.hear(bot.url, randomUUID())) - from)
    const again = performance.now()
    warm.push((await caller.hear(bot.url, randomUUID())) - again)
    await caller.hangUp()
  }
  return { warm: medianOf(warm), cold: medianOf(cold) }
}

async function startsOf(code: BotCode): Promise<Starts> {
  const cold: number[] = []
  const warm: number[] = []
  await using gateway = await startGateway(1)
  await using generator = startGenerator(signal)
  await generator.ask('dial', { port: gateway.port })
  for (let made = 0; made < starts; made++) {
    for (const warmInstances of [0, 1]) {
      const sizes = { sessionsPerInstance: 1, warmInstances, maxSessions: 1 }
      await gateway.child.ask('deploy', { code, environment: wordOf(true), ...sizes })
      if (warmInstances === 1) await gateway.child.ask('ready', undefined)
      const word = await generator.ask('callOnce', { inMs: pauseMs })
      if (word.failure !== undefined) console.log(`${code.kind}: ${word.failure}`)
      ;(warmInstances === 0 ? cold : warm).push(word.answerToAudioMs)
      await generator.ask('hangUp', undefined)
    }
  }
  return { warm: medianOf(warm), cold: medianOf(cold) }
}

/** Somebody else runs it: there is no cold start. */
async function startsOfUrl(): Promise<Starts> {
  await using bot = await LoneBot.start({ path, speaksFirst: true })
  const { warm } = await startsOf({ kind: 'url', url: bot.url })
  return { warm, cold: Number.NaN }
}

async function costOf(code: BotCode, sessionsPerInstance: number, pidsOf?: () => Promise<readonly number[]>) {
  await using gateway = await startGateway(calls)
  const instances = Math.ceil(calls / sessionsPerInstance)
  await gateway.child.ask('deploy', {
    code,
    sessionsPerInstance,
    warmInstances: instances,
    maxSessions: sessionsPerInstance * instances,
  })
  while ((await gateway.child.ask('places', undefined)).free < calls) await sleep(100)
  const target: Target = {
    pid: gateway.child.pid,
    port: gateway.port,
    heldBytes: () => gateway.child.ask('heldBytes', undefined),
    complaints: () => gateway.child.ask('complaints', undefined),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const inContainers = code.kind === 'image' ? () => processesOf('/app/bot.cjs') : undefined
  return await measureEcho(target, { kind: 'each', calls, timing }, workplace, pidsOf ?? inContainers)
}

async function costOfUrl() {
  await using bot = await LoneBot.start({ path, speaksFirst: false })
  return await costOf({ kind: 'url', url: bot.url }, calls, () => Promise.resolve([bot.pid]))
}

async function startGateway(maxCalls: number) {
  const child = new Child<GatewayTasks>(new URL('../processes/gateway.ts', import.meta.url), { signal })
  const port = await child.ask('start', {
    bundle: workplace.speaksFirst,
    home: workplace.home,
    maxCalls: maxCalls + 10,
  })
  return { child, port, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

function printStarts(): void {
  const bare = {
    warm: medianOf(bareStarts.map(({ warm }) => warm)),
    cold: medianOf(bareStarts.map(({ cold }) => cold)),
  }
  const rows = [...begun].map(([kind, times]) => {
    const warm = medianOf(times.map((time) => time.warm))
    const cold = medianOf(times.map((time) => time.cold))
    const warmTimes = medianOf(times.map((time, run) => time.warm / (bareStarts[run]?.warm ?? 1)))
    const coldTimes = medianOf(times.map((time, run) => time.cold / (bareStarts[run]?.cold ?? 1)))
    return [kind, ...[warm, warmTimes, cold, coldTimes].map((value) => (Number.isNaN(value) ? '–' : number(value)))]
  })
  console.log('\nFrom the webhook to the first audio; times: those of the server bot alone, without webhook and node\n')
  const alone = ['the program alone', number(bare.warm), '1', number(bare.cold), '1']
  process.stdout.write(formatTable(['', 'warm ms', 'times', 'cold ms', 'times'], [alone, ...rows]))
}

function printCosts(): void {
  const bareOf = (run: number) => bareCosts[run]?.cpuPercent.server ?? 1
  const row = (name: string, runs: readonly EchoRun[]) => {
    const median = (pick: (run: EchoRun, index: number) => number) => number(medianOf(runs.map(pick)))
    return [
      name,
      median(({ cpuPercent }) => cpuPercent.server / calls),
      median(({ cpuPercent }) => cpuPercent.hosts / calls),
      median(({ cpuPercent: { server, hosts } }, index) => (server + hosts) / bareOf(index)),
      median(({ memory }) => memory.hosts.pssMb / calls),
      median(({ roundTripMs }) => roundTripMs.p50),
      String(runs.reduce((sum, { lost }) => sum + lost, 0)),
    ]
  }
  console.log(
    `\nA call of ${calls} at once, 50 frames a second each way. CPU in percent of a core; times: those of a bare ws echo\n`,
  )
  const heads = ['', 'node CPU', 'bot CPU', 'times', 'bot MB', 'rtt p50 ms', 'lost']
  process.stdout.write(
    formatTable(heads, [row('bare ws echo', bareCosts), ...[...spent].map(([name, runs]) => row(name, runs))]),
  )
}

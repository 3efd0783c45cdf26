import { cpuTimeMs } from '../machine/cpu-time.ts'
import type { FirstWord } from '../generator/first-word.ts'
import { Child } from '../processes/child.ts'
import type { GatewayTasks } from '../processes/gateway.ts'
import type { GeneratorTasks } from '../processes/generator.ts'
import { type Percentiles, percentilesOf } from '../report/percentiles.ts'
import { startGenerator } from './echo-run.ts'
import { isReliable } from './limits.ts'
import type { Workplace } from './workplace.ts'

/**
 * `warm`: an instance waits, and nothing else happens. `growing`: an instance waits, and since the call before is still
 * there, the next instance is being started while this call is answered. `cold`: the call's instance has to be started.
 */
export type FirstWordKind = 'warm' | 'growing' | 'cold'

export interface FirstWordPoint {
  readonly kind: FirstWordKind
  readonly calls: number
}

export interface FirstWordRun extends FirstWordPoint {
  readonly answerMs: Percentiles
  readonly upgradeToAudioMs: Percentiles
  readonly answerToAudioMs: Percentiles
  readonly latenessMs: Percentiles
  readonly generatorCpuPercent: number
  readonly failures: readonly string[]
  readonly reliable: boolean
}

const warmEveryMs = 60
/** From one call's end to the next: time for the old process to be gone, and for nothing to happen. */
const pauseMs = 250

interface Parties {
  readonly gateway: Child<GatewayTasks>
  readonly generator: Child<GeneratorTasks>
  readonly calls: number
}

/** Calls one after another to a bot that speaks at once. */
export async function runFirstWord({ kind, calls }: FirstWordPoint, workplace: Workplace): Promise<FirstWordRun> {
  const { signal, home, speaksFirst } = workplace
  await using gateway = new Child<GatewayTasks>(new URL('../processes/gateway.ts', import.meta.url), { signal })
  await using generator = startGenerator(signal)
  const port = await gateway.ask('start', { bundle: speaksFirst, home, maxCalls: calls + 10 })
  await generator.ask('dial', { port })
  const startedAt = performance.now()
  const before = cpuTimeMs([generator.pid])
  const words = await callers[kind]({ gateway, generator, calls })
  const generatorCpuPercent = ((cpuTimeMs([generator.pid]) - before) / (performance.now() - startedAt)) * 100
  const latenessMs = percentilesOf(words.map((word) => word.latenessMs))
  return {
    kind,
    calls,
    answerMs: percentilesOf(words.map((word) => word.answerMs)),
    upgradeToAudioMs: percentilesOf(words.map((word) => word.upgradeToAudioMs)),
    answerToAudioMs: percentilesOf(words.map((word) => word.answerToAudioMs)),
    latenessMs,
    generatorCpuPercent,
    failures: words.flatMap(({ failure }) => failure ?? []),
    reliable: isReliable({ cpuPercent: generatorCpuPercent, latenessP99Ms: latenessMs.p99 }),
  }
}

const callers: Readonly<Record<FirstWordKind, (parties: Parties) => Promise<readonly FirstWord[]>>> = {
  async warm({ gateway, generator, calls }) {
    await gateway.ask('deploy', { sessionsPerInstance: 1, warmInstances: 1 })
    await gateway.ask('ready', undefined)
    return generator.ask('callEach', { calls, everyMs: warmEveryMs })
  },

  async growing({ gateway, generator, calls }) {
    await gateway.ask('deploy', { sessionsPerInstance: 1, warmInstances: 1 })
    const words: FirstWord[] = []
    while (words.length < calls) {
      await gateway.ask('ready', undefined)
      words.push(await generator.ask('callOnce', { inMs: pauseMs }))
    }
    return words
  },

  async cold({ gateway, generator, calls }) {
    const words: FirstWord[] = []
    while (words.length < calls) {
      await gateway.ask('deploy', { sessionsPerInstance: 1, warmInstances: 0 })
      words.push(await generator.ask('callOnce', { inMs: pauseMs }))
      await generator.ask('hangUp', undefined)
    }
    return words
  },
}

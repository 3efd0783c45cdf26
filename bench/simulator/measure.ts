import { loadavg } from 'node:os'
import { CallEngine, type CallResult } from '../../src/simulator/index.ts'
import { cpuTimeMs } from '../machine/cpu-time.ts'
import { Child } from '../processes/child.ts'
import { type Arrivals, inOrder, quantile } from './arrivals.ts'
import type { EchoBotTasks } from './echo-bot.ts'

export interface MeasureOptions {
  readonly calls: number
  readonly durationMs: number
  /** Pause between one call's start and the next one's: all ticks at the same moment would be a load of their own. */
  readonly startEveryMs: number
  readonly signal: AbortSignal
}

export interface Measured {
  readonly calls: number
  readonly answered: number
  readonly durationMs: number
  /** What the simulator counted. Late: sent when the next one was already due. */
  readonly frames: { readonly sent: number; readonly late: number; readonly maxLateMs: number }
  /** What the bot saw. */
  readonly arrivals: {
    readonly frames: number
    readonly driftFrames: { readonly least: number; readonly most: number }
    readonly latenessMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number }
    /** 20 ms or more behind. */
    readonly lateShare: number
  }
  /** Of one core, in percent. */
  readonly cpuPercent: { readonly simulator: number; readonly bot: number }
  readonly loadAverage: { readonly before: readonly number[]; readonly after: readonly number[] }
}

/** Calls at once against an echo bot in a process of its own. The simulator is this process. */
export async function measure({ calls, durationMs, startEveryMs, signal }: MeasureOptions): Promise<Measured> {
  const before = loadavg()
  await using bot = new Child<EchoBotTasks>(new URL('./echo-bot.ts', import.meta.url), { signal })
  const port = await bot.ask('start', undefined)
  await using engine = new CallEngine({ authId: 'MAEXAMPLE00000000000', authTokens: [] })
  const pids = [process.pid, bot.pid]
  const cpuBefore = pids.map((pid) => cpuTimeMs([pid]))
  const startedAt = performance.now()
  const running: Promise<CallResult>[] = []
  for (let n = 0; n < calls; n++) {
    const answerUrl = `http://127.0.0.1:${port}/answer`
    running.push(engine.receive({ answerUrl, maxDurationMs: durationMs, maxRecordedMs: 0, signal }).ended)
    await new Promise((resolve) => setTimeout(resolve, startEveryMs))
  }
  const results = await Promise.all(running)
  signal.throwIfAborted()
  const tookMs = performance.now() - startedAt
  const [simulator = 0, echo = 0] = pids.map((pid, i) => ((cpuTimeMs([pid]) - (cpuBefore[i] ?? 0)) / tookMs) * 100)
  return {
    calls,
    answered: results.filter(({ answered }) => answered).length,
    durationMs,
    frames: {
      sent: sum(results.map(({ frames }) => frames.sent)),
      late: sum(results.map(({ frames }) => frames.late)),
      maxLateMs: Math.max(0, ...results.map(({ frames }) => frames.maxLateMs)),
    },
    arrivals: summarize(await bot.ask('arrivals', undefined)),
    cpuPercent: { simulator, bot: echo },
    loadAverage: { before, after: loadavg() },
  }
}

function summarize(all: readonly Arrivals[]): Measured['arrivals'] {
  const latenessMs = inOrder(all.flatMap((call) => call.latenessMs))
  const drifts = all.map(({ driftFrames }) => driftFrames)
  return {
    frames: sum(all.map(({ frames }) => frames)),
    driftFrames: { least: Math.min(...drifts), most: Math.max(...drifts) },
    latenessMs: {
      p50: quantile(latenessMs, 0.5),
      p99: quantile(latenessMs, 0.99),
      p999: quantile(latenessMs, 0.999),
      max: latenessMs.at(-1) ?? 0,
    },
    lateShare: latenessMs.filter((ms) => ms >= 20).length / Math.max(1, latenessMs.length),
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

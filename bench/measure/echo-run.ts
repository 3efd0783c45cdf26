import { setTimeout as sleep } from 'node:timers/promises'
import { cpuTimeMs, machineBusyMs } from '../machine/cpu-time.ts'
import { type Memory, memoryOf } from '../machine/memory.ts'
import { childrenOf } from '../machine/processes.ts'
import type { EchoResult } from '../generator/echo-window.ts'
import { Child } from '../processes/child.ts'
import type { GeneratorTasks } from '../processes/generator.ts'
import { isReliable } from './limits.ts'
import { startTarget, type Target, type TargetKind } from './target.ts'
import type { Workplace } from './workplace.ts'

export interface EchoPoint {
  readonly kind: TargetKind
  readonly calls: number
}

export interface EchoTiming {
  readonly warmUpMs: number
  readonly windowMs: number
  /** How long late echoes are waited for. */
  readonly graceMs: number
}

export interface EchoRun extends EchoPoint, EchoResult {
  /** Percent of one core. `server` is the gateway or the bare echo; `others` is what else kept the machine busy. */
  readonly cpuPercent: Readonly<Record<'server' | 'hosts' | 'generator' | 'others', number>>
  readonly hosts: number
  readonly memory: Readonly<Record<'idleServer' | 'server' | 'hosts', Memory>>
  /** What the gateway's JavaScript holds per call, garbage left out. */
  readonly heldKbPerCall: number
  /** Why calls could not be opened, and what the gateway logged as an error. */
  readonly failures: readonly string[]
  readonly reliable: boolean
  /** The window on the monotonic clock that all processes share. */
  readonly window: { readonly fromUs: number; readonly untilUs: number }
}

interface EchoRunOptions extends EchoPoint {
  readonly timing: EchoTiming
  readonly execArgv?: readonly string[]
}

const settleMs = 200

/** One load on one fresh echo server. */
export async function runEcho(options: EchoRunOptions, workplace: Workplace): Promise<EchoRun> {
  await using target = await startTarget(options, workplace)
  return await measureEcho(target, options, workplace)
}

/** One load on an echo server that runs. `hostPids`: processes of its bots. Default: those that it has started. */
export async function measureEcho(
  target: Target,
  { kind, calls, timing }: EchoRunOptions,
  workplace: Pick<Workplace, 'signal'>,
  hostPidsOf: () => Promise<readonly number[]> = () => childrenOf(target.pid),
): Promise<EchoRun> {
  await using generator = startGenerator(workplace.signal)
  const idleServer = await memoryOf([target.pid])
  const idleBytes = await target.heldBytes()
  const failures = await generator.ask('openEchoCalls', {
    target: kind === 'bare' ? 'bare' : 'gateway',
    port: target.port,
    calls,
  })
  const hostPids = await hostPidsOf()
  await generator.ask('stream', timing)

  const readTimes = () => readCpuTimes({ server: target.pid, generator: generator.pid, hosts: hostPids })
  const before = readTimes()
  await generator.ask('measure', timing)
  const after = readTimes()

  // The window's last echoes are on their way: looking at memory must not hold them up.
  await sleep(settleMs)
  const server = await memoryOf([target.pid])
  const hosts = await memoryOf(hostPids)
  const heldKbPerCall = ((await target.heldBytes()) - idleBytes) / 1024 / calls
  const result = await generator.ask('finish', timing)
  const complaints = await target.complaints()
  const cpuPercent = percentBetween(before, after)
  const latenessP99Ms = result.latenessMs.p99
  return {
    kind,
    calls,
    ...result,
    cpuPercent,
    hosts: hostPids.length,
    memory: { idleServer, server, hosts },
    heldKbPerCall,
    failures: [...failures, ...complaints],
    reliable: isReliable({ cpuPercent: cpuPercent.generator, latenessP99Ms }),
    window: { fromUs: before.atMs * 1000, untilUs: after.atMs * 1000 },
  }
}

export const startGenerator = (signal: AbortSignal): Child<GeneratorTasks> =>
  new Child<GeneratorTasks>(new URL('../processes/generator.ts', import.meta.url), { signal })

interface CpuTimes {
  readonly atMs: number
  readonly serverMs: number
  readonly hostsMs: number
  readonly generatorMs: number
  readonly machineMs: number
}

interface Pids {
  readonly server: number
  readonly generator: number
  readonly hosts: readonly number[]
}

function readCpuTimes(pids: Pids): CpuTimes {
  return {
    atMs: Number(process.hrtime.bigint()) / 1e6,
    serverMs: cpuTimeMs([pids.server]),
    generatorMs: cpuTimeMs([pids.generator]),
    machineMs: machineBusyMs(),
    hostsMs: cpuTimeMs(pids.hosts),
  }
}

function percentBetween(before: CpuTimes, after: CpuTimes): EchoRun['cpuPercent'] {
  // A process that dies within the window takes its time along: never below zero.
  const percent = (name: keyof CpuTimes) =>
    Math.max(0, ((after[name] - before[name]) / (after.atMs - before.atMs)) * 100)
  const server = percent('serverMs')
  const hosts = percent('hostsMs')
  const generator = percent('generatorMs')
  return { server, hosts, generator, others: Math.max(0, percent('machineMs') - server - hosts - generator) }
}

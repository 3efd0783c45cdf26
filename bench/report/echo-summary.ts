import type { EchoPoint, EchoRun } from '../measure/echo-run.ts'
import type { Run } from '../run.ts'
import { medianOf, medianPercentiles } from './median.ts'
import type { Percentiles } from './percentiles.ts'

/** Medians over the runs; frames are added up. */
export interface EchoSummary extends EchoPoint {
  readonly ratios: RatioSummary | undefined
  readonly roundTripMs: Percentiles
  readonly frames: number
  readonly lost: number
  readonly damaged: number
  readonly late: number
  /** Percent of one core. */
  readonly cpuPercent: EchoRun['cpuPercent']
  readonly hosts: number
  readonly memory: {
    readonly serverRssMb: number
    readonly serverPssMb: number
    /** Growth of the server's resident memory from idle, per call. */
    readonly grownMbPerCall: number
    readonly heldKbPerCall: number
    readonly hostRssMb: number
    readonly hostPssMb: number
  }
  readonly latenessP99Ms: number
  readonly runs: number
  readonly reliableRuns: number
}

/** Against a bare echo with as many calls, each taken within one run that lost no frame. */
interface RatioSummary {
  readonly serverCpu: Ratio
  readonly totalCpu: Ratio
  readonly addedMs: Omit<Percentiles, 'max'>
}

export interface Ratio {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

interface Pair {
  readonly run: EchoRun
  readonly bare: EchoRun | undefined
}

export function summarizeEchoes(runs: readonly Run[]): readonly EchoSummary[] {
  const pairs = runs.flatMap(({ echoes }) =>
    echoes.map((run) => ({ run, bare: echoes.find(({ kind, calls }) => kind === 'bare' && calls === run.calls) })),
  )
  const groups = Object.values(Object.groupBy(pairs, ({ run }) => `${run.kind} ${run.calls}`))
  return groups.flatMap((group = []) => summarize(group) ?? []).sort(byKindAndLoad)
}

const kinds = ['bare', 'pooled', 'each']
const byKindAndLoad = (a: EchoSummary, b: EchoSummary) =>
  kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.calls - b.calls

function summarize(pairs: readonly Pair[]): EchoSummary | undefined {
  const runs = pairs.map(({ run }) => run)
  const [first] = runs
  if (!first) return undefined
  const median = (pick: (run: EchoRun) => number) => medianOf(runs.map(pick))
  const sum = (pick: (run: EchoRun) => number) => runs.reduce((total, run) => total + pick(run), 0)
  const { kind, calls, hosts } = first
  return {
    kind,
    calls,
    ratios: kind === 'bare' ? undefined : summarizeRatios(pairs),
    roundTripMs: medianPercentiles(runs.map(({ roundTripMs }) => roundTripMs)),
    frames: sum(({ frames }) => frames),
    lost: sum(({ lost }) => lost),
    damaged: sum(({ damaged }) => damaged),
    late: sum(({ late }) => late),
    cpuPercent: {
      server: median(({ cpuPercent }) => cpuPercent.server),
      hosts: median(({ cpuPercent }) => cpuPercent.hosts),
      generator: median(({ cpuPercent }) => cpuPercent.generator),
      others: median(({ cpuPercent }) => cpuPercent.others),
    },
    hosts,
    memory: {
      serverRssMb: median(({ memory }) => memory.server.rssMb),
      serverPssMb: median(({ memory }) => memory.server.pssMb),
      grownMbPerCall: median(({ memory }) => (memory.server.rssMb - memory.idleServer.rssMb) / calls),
      heldKbPerCall: median(({ heldKbPerCall }) => heldKbPerCall),
      hostRssMb: median(({ memory, hosts }) => memory.hosts.rssMb / Math.max(1, hosts)),
      hostPssMb: median(({ memory, hosts }) => memory.hosts.pssMb / Math.max(1, hosts)),
    },
    latenessP99Ms: median(({ latenessMs }) => latenessMs.p99),
    runs: runs.length,
    reliableRuns: runs.filter(({ reliable }) => reliable).length,
  }
}

function summarizeRatios(pairs: readonly Pair[]): RatioSummary | undefined {
  // A server that has lost its calls is cheap and says nothing.
  const known = pairs.flatMap(({ run, bare }) => (bare && run.lost === 0 && bare.lost === 0 ? [{ run, bare }] : []))
  if (known.length === 0) return undefined
  const added = (pick: (percentiles: Percentiles) => number) =>
    medianOf(known.map(({ run, bare }) => pick(run.roundTripMs) - pick(bare.roundTripMs)))
  return {
    serverCpu: ratioOf(known.map(({ run, bare }) => run.cpuPercent.server / bare.cpuPercent.server)),
    totalCpu: ratioOf(
      known.map(({ run, bare }) => (run.cpuPercent.server + run.cpuPercent.hosts) / bare.cpuPercent.server),
    ),
    addedMs: {
      p50: added(({ p50 }) => p50),
      p90: added(({ p90 }) => p90),
      p99: added(({ p99 }) => p99),
      p999: added(({ p999 }) => p999),
    },
  }
}

const ratioOf = (values: readonly number[]): Ratio => ({
  median: medianOf(values),
  lowest: Math.min(...values),
  highest: Math.max(...values),
})

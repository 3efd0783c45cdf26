import type { MachineFacts } from '../machine/facts.ts'
import { lateEchoMs } from '../measure/limits.ts'
import type { Run } from '../run.ts'
import type { EchoSummary, Ratio } from './echo-summary.ts'
import type { FirstWordSummary } from './first-word-summary.ts'
import { echoPeers, firstWordPeers, type PeerFigure } from './peers.ts'
import type { Percentiles } from './percentiles.ts'
import { formatTable, number, percent } from './table.ts'
import type { Verdict } from './targets.ts'

export interface Report {
  readonly machine: MachineFacts
  readonly runs: number
  readonly repeated: Run['repeated']
  readonly verdicts: readonly Verdict[]
  readonly firstWords: readonly FirstWordSummary[]
  readonly echoes: readonly EchoSummary[]
}

/** For people. Ratios first: they mean the most on a machine that is shared. */
export function formatReport({ machine, runs, repeated, verdicts, firstWords, echoes }: Report): string {
  const { cores, model, memoryGb, kernel, node, loadAverage, commit } = machine
  const parts = [
    `${cores} cores of ${model}, ${memoryGb} GB, Linux ${kernel}, Node.js ${node}, load average ${loadAverage.join(' ')} at start, commit ${commit}\n` +
      `${runs === 1 ? 'One run' : `Medians of ${runs} runs; of maxima, the worst`}. "reliable": runs in which the generator kept its schedule.\n` +
      describeRepeated(repeated),
    `Targets\n${formatTable(
      ['', 'measured', 'verdict'],
      verdicts.map(({ target, measured, verdict }) => [target, measured, verdict]),
    )}`,
    ...(echoes.length > 0 ? formatEchoes(echoes) : []),
    ...(firstWords.length > 0 ? formatFirstWords(firstWords) : []),
  ]
  return parts.join('\n')
}

function formatEchoes(echoes: readonly EchoSummary[]): readonly string[] {
  const name = ({ kind, calls }: EchoSummary) => `${kind} ${calls}`
  const compared = echoes.flatMap((summary) => (summary.ratios ? [{ summary, ratios: summary.ratios }] : []))
  const ratios = formatTable(
    ['', 'gateway CPU', '(runs)', 'with hosts', '(runs)', 'added p50', 'p90', 'p99', 'p99.9 ms'],
    compared.map(({ summary, ratios: { serverCpu, totalCpu, addedMs } }) => [
      name(summary),
      ...ratio(serverCpu),
      ...ratio(totalCpu),
      ...[addedMs.p50, addedMs.p90, addedMs.p99, addedMs.p999].map(number),
    ]),
  )
  const times = formatTable(
    [
      '',
      'round trip p50',
      'p90',
      'p99',
      'p99.9',
      'max ms',
      'frames',
      'lost',
      'damaged',
      `>${lateEchoMs} ms`,
      'gen. late p99',
      'gen. CPU',
      'others',
      'reliable',
    ],
    echoes.map((summary) => [
      name(summary),
      ...row(summary.roundTripMs),
      ...[summary.frames, summary.lost, summary.damaged].map(String),
      percent((summary.late / summary.frames) * 100),
      `${number(summary.latenessP99Ms)} ms`,
      percent(summary.cpuPercent.generator),
      percent(summary.cpuPercent.others),
      reliability(summary),
    ]),
  )
  const costs = formatTable(
    [
      '',
      'server CPU',
      'hosts CPU',
      'server CPU/call',
      'all CPU/call',
      'server RSS',
      'PSS',
      'grown/call',
      'held/call',
      'RSS/host',
      'PSS/host',
      'PSS/call',
    ],
    echoes.map((summary) => costRow(name(summary), summary)),
  )
  return [
    `Echo calls against a bare ws echo with as many calls, same run (pooled: one bot process; each: one per call)\n${ratios}`,
    `Echo calls, times\n${times}`,
    `Echo calls, cost (CPU in percent of a core, memory in MB, held in KB of live JavaScript; PSS/call: everything)\n${costs}`,
    formatPeers(echoPeers),
  ]
}

function costRow(name: string, { calls, cpuPercent, hosts, memory }: EchoSummary): string[] {
  const { server, hosts: hostsCpu } = cpuPercent
  const hasHosts = hosts > 0
  return [
    name,
    percent(server),
    percent(hostsCpu),
    percent(server / calls),
    percent((server + hostsCpu) / calls),
    number(memory.serverRssMb),
    number(memory.serverPssMb),
    number(memory.grownMbPerCall),
    hasHosts ? number(memory.heldKbPerCall) : '–',
    hasHosts ? number(memory.hostRssMb) : '–',
    hasHosts ? number(memory.hostPssMb) : '–',
    number((memory.serverPssMb + hosts * memory.hostPssMb) / calls),
  ]
}

function formatFirstWords(summaries: readonly FirstWordSummary[]): readonly string[] {
  const rows = summaries.flatMap((summary) => {
    const { kind, calls, failed, answerMs, upgradeToAudioMs, answerToAudioMs, generator } = summary
    const trust = [
      String(failed),
      `${number(generator.latenessP99Ms)} ms`,
      percent(generator.cpuPercent),
      reliability(summary),
    ]
    return [
      [`${kind}, ${calls} calls: webhook → XML`, ...row(answerMs), ...trust],
      ['  upgrade → first audio', ...row(upgradeToAudioMs)],
      ['  webhook → first audio', ...row(answerToAudioMs)],
    ]
  })
  const heads = ['', 'p50', 'p90', 'p99', 'p99.9', 'max ms', 'failed', 'gen. late p99', 'gen. CPU', 'reliable']
  return [
    'First word (signed webhook over a fresh connection; the bot speaks at once; growing: warm, while the next instance starts)\n' +
      formatTable(heads, rows),
    formatPeers(firstWordPeers),
  ]
}

/** Not to be kept quiet: a server may lose calls just when the machine is so busy that the generator is late as well. */
function describeRepeated(repeated: Run['repeated']): string {
  if (repeated.length === 0) return ''
  const lost = repeated.reduce((sum, run) => sum + ('lost' in run ? run.lost : 0), 0)
  return `${repeated.length} measurements were repeated because the generator had been late; ${lost} frames were lost in those.\n`
}

const formatPeers = (peers: readonly PeerFigure[]) =>
  `Others, on other machines\n${peers.map(({ what, who, figure, source }) => `  ${what}: ${who} ${figure} (${source})\n`).join('')}`

const row = ({ p50, p90, p99, p999, max }: Percentiles) => [p50, p90, p99, p999, max].map(number)

const ratio = ({ median, lowest, highest }: Ratio) => [`${number(median)} ×`, `${number(lowest)}–${number(highest)}`]

const reliability = ({ runs, reliableRuns }: { readonly runs: number; readonly reliableRuns: number }) =>
  reliableRuns === runs ? 'yes' : reliableRuns === 0 ? 'no' : `${reliableRuns} of ${runs}`

/** `node bench/simulator/main.ts --drift | --load`: how steadily the simulator sends, and how many calls it holds at once. */
import { parseArgs } from 'node:util'
import { readMachineFacts } from '../machine/facts.ts'
import { measure, type Measured } from './measure.ts'

const usage = `usage: node bench/simulator/main.ts --drift [--minutes 10] [--calls 10]
       node bench/simulator/main.ts --load [--minutes 1] [--calls 200]`

const { values } = parseArgs({
  options: {
    drift: { type: 'boolean', default: false },
    load: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    calls: { type: 'string' },
  },
})
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)))
}

const minutes = Number(values.minutes ?? (values.drift ? 10 : 1))
const calls = Number(values.calls ?? (values.drift ? 10 : 200))
if (values.drift === values.load || !(minutes > 0) || !Number.isInteger(calls) || calls < 1) {
  process.stderr.write(`${usage}\n`)
  process.exitCode = 2
} else {
  const { model, cores, node, commit } = readMachineFacts()
  process.stdout.write(`${calls} calls, ${minutes} min; ${cores} × ${model}, Node.js ${node}, ${commit}\n`)
  const durationMs = minutes * 60_000
  // 7 is prime to 20: the calls' ticks are spread over the whole period.
  const measured = await measure({ calls, durationMs, startEveryMs: 7, signal: interrupted.signal })
  process.stdout.write(report(measured))
}

function report({ answered, calls, frames, arrivals, cpuPercent, loadAverage }: Measured): string {
  const { driftFrames, latenessMs } = arrivals
  const load = (averages: readonly number[]) => averages.map((average) => average.toFixed(1)).join(' ')
  const rows = [
    ['calls answered', `${answered} of ${calls}`],
    ['frames sent, late, latest by', `${frames.sent}, ${percent(frames.late / frames.sent)}, ${ms(frames.maxLateMs)}`],
    ['frames that reached the bot', String(arrivals.frames)],
    [
      'drift from first to last ten seconds',
      `${driftFrames.least.toFixed(3)} to ${driftFrames.most.toFixed(3)} frames`,
    ],
    ['lateness at the bot, p50', ms(latenessMs.p50)],
    ['lateness at the bot, p99', ms(latenessMs.p99)],
    ['lateness at the bot, p99.9', ms(latenessMs.p999)],
    ['lateness at the bot, max', ms(latenessMs.max)],
    ['20 ms or more late at the bot', percent(arrivals.lateShare)],
    [
      'CPU of simulator and bot, of one core',
      `${cpuPercent.simulator.toFixed(0)} % and ${cpuPercent.bot.toFixed(0)} %`,
    ],
    ['load average before and after', `${load(loadAverage.before)} and ${load(loadAverage.after)}`],
  ]
  return rows.map(([name = '', value = '']) => `${name.padEnd(40)}${value}\n`).join('')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`
}

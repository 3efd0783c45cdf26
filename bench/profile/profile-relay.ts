import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { runEcho } from '../measure/echo-run.ts'
import type { Workplace } from '../measure/workplace.ts'
import { relayCalls } from '../plan.ts'
import { formatTable, number, percent } from '../report/table.ts'
import { readSelfTimes, type SelfTime } from './self-times.ts'

const timing = { warmUpMs: 5000, windowMs: 15_000, graceMs: 1000 }
const shown = 25

/** Runs the gateway under V8's sampling profiler and says where its time goes. */
export async function profileRelay(workplace: Workplace): Promise<string> {
  const folder = fileURLToPath(new URL('../results/', import.meta.url))
  await mkdir(folder, { recursive: true })
  const name = 'relay.cpuprofile'
  const execArgv = ['--cpu-prof', '--cpu-prof-interval=250', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}`]
  const run = await runEcho({ kind: 'pooled', calls: relayCalls, timing, execArgv }, workplace)
  const times = await readSelfTimes(`${folder}${name}`, run.window.fromUs, run.window.untilUs)
  return (
    `The gateway with ${relayCalls} pooled echo calls: ${percent(run.cpuPercent.server)} of a core, profiler included\n\n` +
    `By file\n${formatTimes(byFile(times).slice(0, shown))}\nBy function\n${formatTimes(times.slice(0, shown), total(times))}\n` +
    `The whole profile, for Chrome's or VS Code's viewer: ${folder}${name}\n`
  )
}

const total = (times: readonly SelfTime[]) => times.reduce((sum, { selfMs }) => sum + selfMs, 0)

function formatTimes(times: readonly SelfTime[], allMs = total(times)): string {
  return formatTable(
    ['', 'self ms', 'share'],
    times.map(({ place, selfMs }) => [place, number(selfMs), percent((selfMs / allMs) * 100)]),
  )
}

function byFile(times: readonly SelfTime[]): readonly SelfTime[] {
  const groups = Object.entries(Object.groupBy(times, ({ place }) => /\S+(?=:\d+$)/.exec(place)?.[0] ?? place))
  return groups.map(([place, group = []]) => ({ place, selfMs: total(group) })).sort((a, b) => b.selfMs - a.selfMs)
}

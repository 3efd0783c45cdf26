import type { Command } from 'commander'
import { connect } from '../connect.ts'
import { sleep, systemClock } from '../../lib/clock.ts'
import { LogReader, type LogLine } from '../log-reader.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { countBetween } from '../read-count.ts'
import { takeStopSignals } from '../stop-signals.ts'
import { harmless, paint } from '../terminal.ts'

interface LogFlags extends PlatformFlags {
  readonly follow?: boolean
  readonly lines: number
  readonly session?: string
}

const followEveryMs = 1000

export function addLogs(agent: Command): void {
  withPlatformFlags(agent.command('logs'))
    .description('Show what an agent printed.')
    .argument('<name>')
    .option('-f, --follow', 'go on with what it prints, until Ctrl-C')
    .option('-n, --lines <n>', 'how many lines of before, up to 10000', countBetween(0, 10_000), 100)
    .option('--session <id>', 'of one session only')
    .action(platformAction(showLogs))
}

async function showLogs(name: string, { organization, json, follow, lines, session }: LogFlags): Promise<void> {
  const { client } = await connect({ organization })
  const reader = new LogReader({ client, agent: name, session })
  const print = (found: readonly LogLine[]) => {
    for (const line of found) console.log(json === true ? JSON.stringify(line) : lineText(line))
  }
  print(await reader.latest(lines))
  if (follow !== true) return
  const { finish } = takeStopSignals()
  while (!finish.aborted) {
    await sleep(systemClock, followEveryMs, finish)
    if (!finish.aborted) print(await reader.next())
  }
}

function lineText({ timestamp, sessionId, log }: LogLine): string {
  const who = sessionId === null ? '        ' : sessionId.slice(0, 8)
  return `${paint('dim', `${timestamp.slice(0, 23).replace('T', ' ')}  ${who}`)}  ${harmless(log.trimEnd())}`
}

import type { Command } from 'commander'
import type { ControlClient } from '../../control/client.ts'
import type * as live from '../../control/contract/live.ts'
import { sleep, systemClock } from '../../lib/clock.ts'
import { connect } from '../connect.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { formatProcesses } from '../process-table.ts'
import { takeStopSignals } from '../stop-signals.ts'
import { cutLine } from '../terminal.ts'

interface PsFlags extends PlatformFlags {
  readonly once?: boolean
}

const refreshEveryMs = 2000
/** Moves to the top left and clears what is below: the terminal does not flicker as it would when cleared first. */
const top = '\u001B[H'
const clearBelow = '\u001B[J'
const clearLine = '\u001B[K'

export function psCommand(): Command {
  return withPlatformFlags(
    platformCommand('ps', 'Show the instances of agents on the node, and what they use; live on a terminal.'),
  )
    .option('--once', 'print once, also on a terminal')
    .action(platformAction(show))
}

async function show({ organization, json, once }: PsFlags): Promise<void> {
  const { client } = await connect({ organization })
  if (json === true) return console.log(JSON.stringify(await read(client), undefined, 2))
  if (once === true || !process.stdout.isTTY) return console.log(formatProcesses(await read(client), systemClock.now()))
  const { finish } = takeStopSignals()
  process.stdout.write(`${top}${clearBelow}`)
  while (!finish.aborted) {
    const lines = formatProcesses(await read(client), systemClock.now()).split('\n')
    const { rows, columns } = process.stdout
    // A line that the terminal breaks would push others off its top.
    const shown = lines
      .slice(0, rows > 1 ? rows - 1 : undefined)
      .map((line) => `${cutLine(line, columns)}${clearLine}\n`)
    process.stdout.write(`${top}${shown.join('')}${clearBelow}`)
    await sleep(systemClock, refreshEveryMs, finish)
  }
}

const read = (client: ControlClient) =>
  client.send<typeof live.listInstances>('get', '/v1/offhook/organizations/{org}/instances')

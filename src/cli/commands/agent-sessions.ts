import type { Command } from 'commander'
import type * as live from '../../control/contract/live.ts'
import type * as sessions from '../../control/contract/sessions.ts'
import { connect } from '../connect.ts'
import { FailedCommandError } from '../failed-command.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween } from '../read-count.ts'
import { formatTable, timeText } from '../table.ts'

const path = '/v1/organizations/{org}/services/{agentName}/sessions'

export function addSessions(agent: Command): void {
  withPlatformFlags(agent.command('sessions'))
    .description('List the sessions of an agent, the latest first.')
    .argument('<name>')
    .option('-n, --limit <n>', 'how many, up to 1000', countBetween(1, 1000), 20)
    .action(platformAction(list))
  withPlatformFlags(agent.command('stop'))
    .description('End a session that runs, now.')
    .argument('<session>', 'its id')
    .action(platformAction(stop))
}

async function list(name: string, flags: PlatformFlags & { readonly limit: number }): Promise<void> {
  const { client } = await connect(flags)
  const page = await client.send<typeof sessions.cliListSessions>('get', path, {
    params: { agentName: name },
    query: { limit: flags.limit },
  })
  printResult(flags.json, page.sessions, () =>
    formatTable(
      ['SESSION', 'STARTED', 'SECONDS', 'START', 'END'],
      page.sessions.map(({ sessionId, createdAt, endedAt, coldStart, completionStatus }) => [
        sessionId,
        timeText(createdAt),
        endedAt === null ? '' : String(Math.round((Date.parse(endedAt) - Date.parse(createdAt)) / 1000)),
        coldStart === null ? '' : coldStart ? 'cold' : 'warm',
        endedAt === null ? 'running' : (completionStatus ?? 'ended'),
      ]),
    ),
  )
}

async function stop(sessionId: string, { organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const { calls } = await client.send<typeof live.listLiveCalls>('get', '/v1/offhook/organizations/{org}/calls')
  const call = calls.find((one) => one.sessionId === sessionId)
  if (!call) {
    throw new FailedCommandError(
      `no session ${sessionId} runs: offhook agent sessions <name> shows them, with their whole ids`,
    )
  }
  await client.send<typeof sessions.cliStopSession>('delete', `${path}/{sessionId}`, {
    params: { agentName: call.agent, sessionId },
  })
  printResult(
    json,
    { sessionId, agent: call.agent, stopped: true },
    () => `The session ${sessionId} of ${call.agent} is over.`,
  )
}

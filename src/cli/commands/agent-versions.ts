import type { Command } from 'commander'
import type * as versions from '../../control/contract/versions.ts'
import type { ControlClient } from '../../control/client.ts'
import { connect } from '../connect.ts'
import { FailedCommandError } from '../failed-command.ts'
import { followDeployment } from '../follow-deployment.ts'
import { platformAction, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween } from '../read-count.ts'
import { formatTable, timeText } from '../table.ts'
import { paint } from '../terminal.ts'

const path = '/v1/offhook/organizations/{org}/agents/{agentName}'

export function addVersions(agent: Command): void {
  withPlatformFlags(agent.command('deployments'))
    .description('List what was deployed, the latest first.')
    .argument('<name>')
    .option('-n, --limit <n>', 'how many, up to 1000', countBetween(1, 1000), 20)
    .action(platformAction(list))
  withPlatformFlags(agent.command('rollback'))
    .description('Go back to an earlier version, and wait until it takes calls.')
    .argument('<name>')
    .argument('[version]', 'number or id; default: the one before')
    .action(platformAction(rollBack))
}

async function list(name: string, flags: PlatformFlags & { readonly limit: number }): Promise<void> {
  const { client } = await connect(flags)
  const found = await versionsOf(client, name, flags.limit)
  printResult(flags.json, found, () =>
    formatTable(
      ['', 'VERSION', 'PHASE', 'RUNS', 'DEPLOYED', 'ID', 'PROBLEM'],
      found.map(({ number, phase, source, createdAt, id, active, error }) => [
        active ? paint('green', '*') : ' ',
        String(number),
        phase,
        source,
        timeText(createdAt),
        id,
        error?.message.split('\n')[0] ?? ' ',
      ]),
    ),
  )
}

async function rollBack(name: string, version: string | undefined, flags: PlatformFlags): Promise<void> {
  const connection = await connect(flags)
  const { client } = connection
  const versionId = version === undefined ? undefined : await idOf(client, name, version)
  const agent = await client.send<typeof versions.rollBack>('post', `${path}/rollback`, {
    params: { agentName: name },
    body: { ...(versionId !== undefined && { versionId }) },
  })
  await followDeployment({
    connection,
    agent: name,
    deploymentId: agent.desiredDeploymentId,
    json: flags.json === true,
  })
}

async function versionsOf(client: ControlClient, agentName: string, limit: number) {
  const request = { params: { agentName }, query: { limit } }
  const page = await client.send<typeof versions.listVersions>('get', `${path}/versions`, request)
  return page.versions
}

async function idOf(client: ControlClient, name: string, wanted: string): Promise<string> {
  const found = (await versionsOf(client, name, 1000)).find(
    ({ id, number }) => id === wanted || String(number) === wanted,
  )
  if (found) return found.id
  throw new FailedCommandError(`${name} has no version ${wanted}: offhook agent deployments ${name} lists them`)
}

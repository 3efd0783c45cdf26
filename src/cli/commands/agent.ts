import type { Command } from 'commander'
import type { AgentDetails } from '../../control/contract/agent-details.ts'
import type * as agents from '../../control/contract/agents.ts'
import { confirm } from '../ask.ts'
import { callUrlsOf } from '../call-urls.ts'
import { connect } from '../connect.ts'
import { UsageError } from '../describe-error.ts'
import { platformAction, platformCommand, type PlatformFlags, withPlatformFlags } from '../platform-command.ts'
import { printResult } from '../print-result.ts'
import { countBetween, readCount } from '../read-count.ts'
import { formatFields, formatTable, timeText } from '../table.ts'
import { paint } from '../terminal.ts'
import { addLogs } from './agent-logs.ts'
import { addSessions } from './agent-sessions.ts'
import { addVersions } from './agent-versions.ts'

const path = '/v1/organizations/{org}/services'
const agentPath = `${path}/{agentName}` as const

export function agentCommand(): Command {
  const agent = platformCommand('agent', 'Deployed agents: how they do, their logs, sessions and versions.')
  withPlatformFlags(agent.command('list')).description('List agents.').action(platformAction(list))
  withPlatformFlags(agent.command('status'))
    .description('Show how an agent does, and the URLs to give to Plivo.')
    .argument('<name>')
    .action(platformAction(status))
  addLogs(agent)
  addSessions(agent)
  addVersions(agent)
  withPlatformFlags(agent.command('scale'))
    .description('Change how many instances wait for calls, and how many calls there may be at once.')
    .argument('<name>')
    .option('--min <n>', 'instances kept ready', readCount)
    .option('--max <n>', 'sessions at once', countBetween(1, 100_000))
    .action(platformAction(scale))
  withPlatformFlags(agent.command('delete'))
    .description('Delete an agent; running sessions go on.')
    .argument('<name>')
    .option('--yes', 'do not ask')
    .action(platformAction(remove))
  return agent
}

async function list({ organization, json }: PlatformFlags): Promise<void> {
  const { client } = await connect({ organization })
  const { services } = await client.send<typeof agents.cliListAgents>('get', path)
  printResult(json, services, () =>
    formatTable(
      ['NAME', 'REGION', 'RUNS', 'UPDATED'],
      services.map((one) => [one.name, one.region, one.reconciledDeploymentId ?? '', timeText(one.updatedAt)]),
    ),
  )
}

async function status(name: string, { organization, json }: PlatformFlags): Promise<void> {
  const connection = await connect({ organization })
  const { body } = await connection.client.send<typeof agents.cliReadAgent>('get', agentPath, {
    params: { agentName: name },
  })
  const urls = callUrlsOf(connection, name)
  const { minReplicas, maxReplicas } = body.autoScaling
  const [problem, ...more] = body.errors.flatMap(({ message }) => message.split('\n'))
  printResult(json, { ...body, ...urls }, () => {
    const fields = formatFields({
      Agent: paint('bold', `${name}.${connection.organization}`),
      State: stateText(body),
      Problem: problem,
      Region: body.region,
      Version: body.desiredDeploymentId,
      Sessions: String(body.activeSessionCount),
      Scaling: `${minReplicas} ready, at most ${maxReplicas} sessions`,
      'WebSocket auth': body.websocketAuth,
      Updated: timeText(body.updatedAt),
      'Answer URL': urls.answerUrl,
      'Hangup URL': urls.hangupUrl,
    })
    return [fields, ...(more.length > 0 ? ['', problem ?? '', ...more] : [])].join('\n')
  })
}

function stateText({ ready, available, currentRevision }: AgentDetails): string {
  if (ready) return paint('green', 'ready')
  const phase = currentRevision.phase.toLowerCase()
  return available ? `${paint('yellow', phase)}; calls go to the version before` : paint('red', phase)
}

interface ScaleFlags extends PlatformFlags {
  readonly min?: number
  readonly max?: number
}

async function scale(name: string, { organization, json, min, max }: ScaleFlags): Promise<void> {
  if (min === undefined && max === undefined) throw new UsageError('give --min <n>, --max <n>, or both')
  const { client } = await connect({ organization })
  const autoScaling = { ...(min !== undefined && { minAgents: min }), ...(max !== undefined && { maxAgents: max }) }
  const { body } = await client.send<typeof agents.cliUpdateAgent>('put', path, {
    body: { serviceName: name, autoScaling },
  })
  const { minReplicas, maxReplicas } = body.autoScaling
  printResult(json, body.autoScaling, () => `${name}: ${minReplicas} kept ready, at most ${maxReplicas} sessions.`)
}

async function remove(name: string, flags: PlatformFlags & { readonly yes?: boolean }): Promise<void> {
  const { client } = await connect(flags)
  if (!(await confirm(`Delete the agent ${name}?`, flags.yes))) return
  await client.send<typeof agents.cliDeleteAgent>('delete', agentPath, { params: { agentName: name } })
  printResult(flags.json, { name, deleted: true }, () => `The agent ${name} is deleted. Running sessions go on.`)
}

import { RequestRefusedError } from '../control/client.ts'
import type * as agents from '../control/contract/agents.ts'
import type * as bots from '../control/contract/bots.ts'
import type { BotFile, BotFiles } from './bot-files.ts'
import type { Connection } from './connect.ts'
import type { DeploySettings } from './project-file.ts'

/** What a version runs. */
export type DeploySource =
  | { readonly type: 'module'; readonly bot: BotFiles }
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'command'; readonly command: readonly string[]; readonly files: readonly BotFile[] }
  | { readonly type: 'image'; readonly image: string }

export interface DeployOrder {
  readonly name: string
  readonly source: DeploySource
  readonly settings: DeploySettings
  /** Deploys what is the same, too. */
  readonly force: boolean
}

export interface Deployed {
  readonly deploymentId: string
  /** Why nothing new was deployed. */
  readonly warning: string | undefined
}

/** Has the node deploy a bot; it is not ready then. */
export async function deployBot({ client }: Connection, order: DeployOrder): Promise<Deployed> {
  const { name, source } = order
  if (source.type === 'image') return deployImage({ client }, order, source.image)
  const { desiredDeploymentId, warning } = await client.send<typeof bots.deployBot>(
    'post',
    '/v1/offhook/organizations/{org}/agents/{agentName}/deploy',
    { params: { agentName: name }, body: { ...sourceFields(source), ...sharedFields(order) } },
  )
  return { deploymentId: desiredDeploymentId, warning }
}

async function deployImage(
  { client }: Pick<Connection, 'client'>,
  order: DeployOrder,
  image: string,
): Promise<Deployed> {
  const { name, settings } = order
  const path = '/v1/organizations/{org}/services'
  const { imagePullSecretSet } = settings
  const body = { serviceName: name, image, imagePullSecretSet, ...sharedFields(order) }
  const { body: agent, warning } = (await exists({ client }, name))
    ? await client.send<typeof agents.cliUpdateAgent>('put', path, { body })
    : await client.send<typeof agents.cliCreateAgent>('post', path, { body })
  return { deploymentId: agent.desiredDeploymentId, warning: warning ?? agent.warning }
}

async function exists({ client }: Pick<Connection, 'client'>, agentName: string): Promise<boolean> {
  try {
    await client.send<typeof agents.cliReadAgent>('get', '/v1/organizations/{org}/services/{agentName}', {
      params: { agentName },
    })
    return true
  } catch (error) {
    if (error instanceof RequestRefusedError && error.status === 404) return false
    throw error
  }
}

function sourceFields(source: Exclude<DeploySource, { type: 'image' }>) {
  if (source.type === 'url') return { source: { type: 'url' as const, url: source.url } }
  if (source.type === 'command') {
    return { source: { type: 'command' as const, command: [...source.command] }, files: source.files.map(encoded) }
  }
  const { entry, files } = source.bot
  return { source: { type: 'module' as const, entry }, files: files.map(encoded) }
}

const encoded = ({ path, content }: BotFile) => ({ path, content: content.toString('base64') })

function sharedFields({ settings, force }: DeployOrder) {
  const { region, secretSet, agentProfile, websocketAuth, maxSessionDuration, instanceUses, call } = settings
  const { minAgents, maxAgents } = settings
  const scales = minAgents !== undefined || maxAgents !== undefined
  return {
    region,
    secretSet,
    agentProfile,
    websocketAuth,
    maxSessionDuration,
    instanceUses,
    call,
    ...(scales && { autoScaling: { minAgents, maxAgents } }),
    ...(force && { forceRedeploy: true }),
  }
}

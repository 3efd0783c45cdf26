import { defaultProfile } from '../../runtime/profile.ts'
import type { Agent } from '../../store/schema/agents.ts'
import type { Version } from '../../store/version.ts'
import type { Access } from '../access.ts'
import type { RevisionStatus, RuntimeStatus } from '../agent-runtime.ts'
import type { ControlParts } from '../control-parts.ts'
import type { AgentDetails, AgentListItem, Revision } from '../contract/agent-details.ts'
import { isoTime, isoTimeOrNull } from '../iso-time.ts'
import { desiredVersion } from './deploys.ts'
import { deploymentView, scalingView } from './deployment-view.ts'

/** An agent as the details of both surfaces show it: what should be, from the store, and what is, from the runtime. */
export async function agentView(parts: ControlParts, { organization }: Access, agent: Agent): Promise<AgentDetails> {
  const version = await desiredVersion(parts, agent)
  const status = parts.runtime.status(agent.organizationId, agent.id) ?? unknownStatus
  const { current = notBegun(version), previous } = status
  return {
    name: agent.name,
    region: agent.region,
    ready: status.ready,
    available: status.available,
    activeDeploymentReady: status.ready,
    activeSessionCount: status.activeSessions,
    desiredDeploymentId: version.id,
    activeDeploymentId: version.id,
    reconciledDeploymentId: status.reconciledVersionId ?? agent.activeVersionId,
    createdAt: isoTime(agent.createdAt),
    updatedAt: isoTime(agent.updatedAt),
    agentProfile: version.spec.profile ?? defaultProfile,
    websocketAuth: version.spec.webSocketAuth,
    krispViva: { audioFilter: version.spec.audioFilter ?? null },
    autoScaling: scalingView(agent),
    errors: errorsOf(status, version),
    conditions: conditionsOf(current, status.available),
    deployment: deploymentView(agent, version, organization.name),
    currentRevision: revisionView(current),
    ...(previous && { previousRevision: revisionView(previous) }),
  }
}

const unknownStatus: RuntimeStatus = {
  ready: false,
  available: false,
  activeSessions: 0,
  reconciledVersionId: undefined,
  errors: [],
  current: undefined,
  previous: undefined,
}

/** A version that the runtime has not come to yet. Tools read the current revision of every agent. */
function notBegun({ id, phase, phaseStartedAt }: Version): RevisionStatus {
  const failed = phase === 'failed'
  const health = { ready: false, state: failed ? 'terminated' : 'waiting', restarts: 0, instancesStarted: 0 } as const
  return { versionId: id, phase: failed ? 'Failed' : 'Creating', readyInstances: 0, phaseStartedAt, health }
}

function errorsOf({ errors }: RuntimeStatus, { phase, errorCode, errorMessage }: Version): AgentDetails['errors'] {
  if (errors.length > 0) return errors.map(({ code, message }) => ({ code, message }))
  if (phase !== 'failed') return []
  return [{ code: errorCode ?? 'PCC_UNKNOWN_ERROR', message: errorMessage ?? 'The deployment failed.' }]
}

/** The two that the command line looks at while it waits for a deployment. */
function conditionsOf({ phase, health }: RevisionStatus, available: boolean): AgentDetails['conditions'] {
  const message = health.headline ?? health.message ?? ''
  const failed = phase === 'Failed'
  const moving = phase === 'Creating' || phase === 'Validating'
  return [
    { type: 'Degraded', status: failed && available ? 'True' : 'False', reason: phase, message: failed ? message : '' },
    { type: 'Progressing', status: moving ? 'True' : 'False', reason: phase, message: moving ? message : '' },
  ]
}

function revisionView({ versionId, phase, readyInstances, phaseStartedAt, health }: RevisionStatus): Revision {
  const { restarts, instancesStarted, ...others } = health
  return {
    deploymentID: versionId,
    phase,
    readyReplicas: readyInstances,
    phaseStartedAt: isoTime(phaseStartedAt),
    health: { ...others, restartCount: restarts, replicasStarted: instancesStarted },
  }
}

/** An agent in a list. `version`: the one to show with it. */
export function agentListItem(agent: Agent, organizationName: string, version?: Version): AgentListItem {
  const desired = agent.desiredVersionId ?? ''
  return {
    id: agent.id,
    name: agent.name,
    region: agent.region,
    desiredDeploymentId: desired,
    activeDeploymentId: desired,
    reconciledDeploymentId: agent.activeVersionId,
    organizationId: agent.organizationId,
    createdAt: isoTime(agent.createdAt),
    updatedAt: isoTime(agent.updatedAt),
    deletedAt: isoTimeOrNull(agent.deletedAt),
    ...(version && { deployment: deploymentView(agent, version, organizationName) }),
  }
}

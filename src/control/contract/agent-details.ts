import { z } from '@hono/zod-openapi'
import { callSettings } from './call-settings.ts'
import { region, agentName } from './names.ts'
import { time } from './answers.ts'

const scaling = z.object({ minReplicas: z.int(), maxReplicas: z.int() })

const manifest = z
  .object({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.object({
      dailyNodeType: z.string(),
      image: z.string(),
      autoScaling: scaling,
      imagePullSecretName: z.string().optional(),
      envFromSecretNames: z.array(z.string()),
      resources: z.object({ cpu: z.string(), memory: z.string() }),
      krispViva: z.object({ audioFilters: z.string().nullable() }),
      maxSessionDurationSeconds: z.int().optional(),
      instanceUses: z.int().optional(),
      call: callSettings.optional(),
    }),
  })
  .openapi('Manifest')

export const deployment = z
  .object({ id: z.string(), serviceId: z.string(), createdAt: time, updatedAt: time, manifest })
  .openapi('Deployment')

const health = z
  .object({
    ready: z.boolean(),
    state: z.enum(['running', 'waiting', 'terminated']),
    restartCount: z.int(),
    replicasStarted: z.int(),
    headline: z.string().optional(),
    reason: z.string().optional(),
    lastExitCode: z.int().optional(),
    lastTerminationReason: z.string().optional(),
    message: z.string().optional(),
  })
  .openapi('RevisionHealth')

const revision = z
  .object({
    // The capital D is the platform's.
    deploymentID: z.string(),
    phase: z.enum(['Creating', 'Validating', 'Active', 'Draining', 'Failed']),
    readyReplicas: z.int(),
    phaseStartedAt: time,
    health,
  })
  .openapi('RevisionInfo')

const condition = z.object({
  type: z.enum(['Degraded', 'Progressing']),
  status: z.enum(['True', 'False']),
  reason: z.string(),
  message: z.string(),
})

export const agentDetails = z
  .object({
    name: agentName,
    region,
    ready: z
      .boolean()
      .openapi({ description: 'The latest deployment passed validation; also true at zero instances.' }),
    available: z.boolean().openapi({ description: 'Sessions can be started.' }),
    activeDeploymentReady: z.boolean(),
    activeSessionCount: z.int(),
    desiredDeploymentId: z.string(),
    activeDeploymentId: z.string(),
    reconciledDeploymentId: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
    agentProfile: z.string(),
    websocketAuth: z.enum(['none', 'token']),
    krispViva: z.object({ audioFilter: z.string().nullable() }),
    autoScaling: scaling,
    errors: z.array(z.object({ code: z.string(), message: z.string() })),
    conditions: z.array(condition),
    deployment,
    currentRevision: revision,
    previousRevision: revision.optional(),
    warning: z.string().optional().openapi({ description: 'Why a deploy changed nothing.' }),
  })
  .openapi('ServiceDetails')

export const agentListItem = z
  .object({
    id: z.string(),
    name: agentName,
    region,
    desiredDeploymentId: z.string(),
    activeDeploymentId: z.string(),
    reconciledDeploymentId: z.string().nullable(),
    organizationId: z.string(),
    createdAt: time,
    updatedAt: time,
    deletedAt: time.nullable(),
    deployment: deployment.optional(),
  })
  .openapi('ServiceListItem')

export type AgentDetails = z.infer<typeof agentDetails>
export type AgentListItem = z.infer<typeof agentListItem>
export type Deployment = z.infer<typeof deployment>
export type Revision = z.infer<typeof revision>

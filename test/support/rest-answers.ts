/**
 * The answers of Pipecat Cloud's documented API, written down from its public OpenAPI document: a field that is missing
 * or of another type fails, one that is beyond it does not.
 */
import { z } from 'zod'

const time = z.iso.datetime()
const id = z.string().min(1)
const scaling = z.looseObject({ minReplicas: z.int(), maxReplicas: z.int() })

export const error = z.looseObject({ error: z.string().min(1), code: z.string().min(1) })

const deployment = z.looseObject({
  id,
  serviceId: id,
  createdAt: time,
  updatedAt: time,
  manifest: z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
    spec: z.looseObject({
      dailyNodeType: z.string(),
      image: z.string(),
      autoScaling: scaling,
      imagePullSecretName: z.string().optional(),
      envFromSecretNames: z.array(z.string()),
      resources: z.looseObject({ cpu: z.string(), memory: z.string() }),
      krispViva: z.looseObject({ audioFilters: z.string().nullable() }),
      maxSessionDurationSeconds: z.int().optional(),
    }),
  }),
})

const revision = z.looseObject({
  deploymentID: id,
  phase: z.enum(['Creating', 'Validating', 'Active', 'Draining', 'Failed']),
  readyReplicas: z.int(),
  phaseStartedAt: time,
  health: z.looseObject({
    ready: z.boolean(),
    state: z.enum(['running', 'waiting', 'terminated']),
    restartCount: z.int(),
    replicasStarted: z.int(),
    reason: z.string().optional(),
    lastExitCode: z.int().optional(),
    lastTerminationReason: z.string().optional(),
    message: z.string().optional(),
  }),
  hasInfrastructureIssue: z.literal(true).optional(),
})

export const agent = z.looseObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])$/),
  region: id,
  ready: z.boolean(),
  available: z.boolean(),
  createdAt: time,
  updatedAt: time,
  desiredDeploymentId: id,
  activeDeploymentId: id,
  reconciledDeploymentId: id.nullable(),
  activeDeploymentReady: z.boolean(),
  autoScaling: scaling,
  activeSessionCount: z.int(),
  deployment,
  agentProfile: id,
  krispViva: z.looseObject({ audioFilter: z.enum(['tel', 'pro']).nullable() }),
  currentRevision: revision,
  previousRevision: revision.optional(),
})

const listed = z.looseObject({
  id,
  name: id,
  region: id,
  desiredDeploymentId: id,
  activeDeploymentId: id,
  reconciledDeploymentId: id.nullable(),
  organizationId: id,
  createdAt: time,
  updatedAt: time,
  deletedAt: time.nullable(),
})
export const agents = z.looseObject({ services: z.array(listed) })
export const agentsWithDeployment = z.looseObject({ services: z.array(listed.extend({ deployment })) })

export const ok = z.strictObject({ status: z.literal('OK') })

export const logs = z.looseObject({
  total: z.looseObject({ value: z.int(), relation: z.enum(['eq', 'gte']) }),
  logs: z.array(
    z.looseObject({
      log: z.string(),
      timestamp: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
      deploymentId: id,
    }),
  ),
})

const session = z.looseObject({
  sessionId: z.uuid(),
  serviceId: id,
  organizationId: id,
  deploymentId: id,
  createdAt: time,
  updatedAt: time,
  endedAt: time.nullable(),
  botStartSeconds: z.int().nullable(),
  coldStart: z.boolean().nullable(),
  completionStatus: z.string().nullable(),
})
export const sessions = z.looseObject({ total_count: z.int(), sessions: z.array(session) })
export const oneSession = session.extend({
  resourceMetrics: z.looseObject({ sampleCount: z.int() }).nullable(),
  meetingIds: z.array(z.looseObject({ participantId: z.string(), meetingId: z.string() })),
})
export const terminated = z.strictObject({ status: z.literal('terminated'), session_id: z.uuid() })

export const storedSecrets = z.strictObject({ status: z.literal('OK'), region: id })
const status = z.enum(['pending', 'ready', 'failed'])
export const secretSets = z.looseObject({
  sets: z.array(
    z.looseObject({
      name: id,
      type: z.enum(['secret', 'imagePullSecret']),
      region: id,
      status,
      errorMessage: z.string().optional(),
    }),
  ),
})
export const secretSet = z.looseObject({
  region: id,
  status,
  errorMessage: z.string().optional(),
  secrets: z.array(z.looseObject({ fieldName: id })),
})

export const upload = z.looseObject({
  uploadId: id,
  uploadUrl: z.url(),
  uploadFields: z.record(z.string(), z.string()),
  expiresAt: time,
})
const build = z.looseObject({
  id,
  organizationId: id,
  status: z.enum(['pending', 'building', 'success', 'failed', 'timeout']),
  region: id,
  contextHash: z.string(),
  dockerfilePath: z.string(),
  imageUri: z.string().nullable(),
  logsUrl: z.string().nullable(),
  errorMessage: z.string().nullable(),
  contextSizeBytes: z.int().nullable(),
  imageSizeBytes: z.int().nullable(),
  buildDurationSeconds: z.number().nullable(),
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
})
export const startedBuild = z.looseObject({ build, contextHash: z.string(), cached: z.boolean() })
export const oneBuild = z.looseObject({ build })
export const builds = z.looseObject({ builds: z.array(build), total: z.int(), limit: z.int(), offset: z.int() })
export const buildLogs = z.looseObject({ logs: z.array(z.string()), nextToken: z.string().optional() })

export const properties = z.looseObject({ properties: z.looseObject({ defaultRegion: id }) })
export const propertySchemas = z.looseObject({
  properties: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      description: z.string(),
      default: z.string(),
      currentValue: z.string(),
      readOnly: z.boolean(),
      availableValues: z.array(z.string()).optional(),
    }),
  ),
})
export const regions = z.looseObject({ regions: z.array(z.looseObject({ code: id, display_name: id })).min(1) })

export const startedSocket = z.strictObject({
  sessionId: z.uuid(),
  token: z.string().regex(/^[\w-]+\.[\w-]+$/),
  wsUrl: z.string().regex(/^wss?:\/\//),
  body: z.base64().optional(),
})

/**
 * What the `pipecatcloud` command, version 0.6.0, reads of each answer, written down from its source. A field that is
 * missing here is one that it does not look at.
 */
import { z } from 'zod'

const time = z.iso.datetime()
const scaling = z.looseObject({ minReplicas: z.int(), maxReplicas: z.int() })

export const currentUser = z.looseObject({
  user: z.looseObject({
    userId: z.string().min(1),
    emails: z.array(z.looseObject({ emailAddress: z.string().min(1) })).min(1),
  }),
})

/** An empty list is an error to it. */
export const organizations = z.looseObject({
  organizations: z.array(z.looseObject({ name: z.string().min(1), verboseName: z.string().min(1) })).min(1),
})

export const dailyKey = z.looseObject({ apiKey: z.string().optional() })

export const publicKeys = z.looseObject({
  public: z.array(
    z.looseObject({
      id: z.string().min(1),
      key: z.string().startsWith('pk_'),
      createdAt: time,
      revoked: z.boolean(),
      metadata: z.looseObject({ name: z.string() }),
    }),
  ),
})

export const createdKey = z.looseObject({ key: z.string().startsWith('pk_') })

/** Anything that is not empty will do. */
export const done = z.looseObject({ status: z.string().min(1) })

export const secretSets = z.looseObject({
  sets: z.array(
    z.looseObject({
      name: z.string().min(1),
      type: z.enum(['secret', 'imagePullSecret']),
      region: z.string().min(1),
      status: z.enum(['pending', 'ready', 'failed']),
    }),
  ),
})

export const secretSet = z.looseObject({
  region: z.string(),
  status: z.enum(['pending', 'ready', 'failed']),
  secrets: z.array(z.looseObject({ fieldName: z.string().min(1) })),
})

export const storedSecret = z.looseObject({ region: z.string().min(1) })

export const services = z.looseObject({
  services: z.array(
    z.looseObject({
      name: z.string().min(1),
      region: z.string().min(1),
      id: z.string().min(1),
      activeDeploymentId: z.string().min(1),
      createdAt: time,
      updatedAt: time,
    }),
  ),
})

const health = z.looseObject({
  ready: z.boolean(),
  state: z.enum(['running', 'waiting', 'terminated']),
  restartCount: z.int(),
  replicasStarted: z.int(),
  reason: z.string().optional(),
  lastTerminationReason: z.string().optional(),
  lastExitCode: z.int().optional(),
  message: z.string().optional(),
  headline: z.string().optional(),
})

export const service = z.looseObject({
  body: z.looseObject({
    name: z.string().min(1),
    region: z.string().min(1),
    ready: z.boolean(),
    available: z.boolean(),
    activeDeploymentReady: z.boolean(),
    activeSessionCount: z.int(),
    desiredDeploymentId: z.string().min(1),
    activeDeploymentId: z.string().min(1),
    reconciledDeploymentId: z.string().min(1).nullable(),
    createdAt: time,
    updatedAt: time,
    agentProfile: z.string().min(1),
    krispViva: z.looseObject({ audioFilter: z.string().nullable() }),
    autoScaling: scaling,
    errors: z.array(z.looseObject({ code: z.string().min(1), message: z.string().min(1) })),
    conditions: z.array(
      z.looseObject({
        type: z.enum(['Degraded', 'Progressing']),
        status: z.enum(['True', 'False']),
        reason: z.string(),
        message: z.string(),
      }),
    ),
    deployment: z.looseObject({
      id: z.string().min(1),
      manifest: z.looseObject({
        spec: z.looseObject({
          image: z.string().min(1),
          dailyNodeType: z.string().min(1),
          maxSessionDurationSeconds: z.int().optional(),
        }),
      }),
    }),
    currentRevision: z.looseObject({
      deploymentID: z.string().min(1),
      phase: z.enum(['Creating', 'Validating', 'Active', 'Draining', 'Failed']),
      readyReplicas: z.int(),
      phaseStartedAt: time,
      health,
    }),
  }),
})

export const deployed = z.looseObject({ warning: z.string().optional() })

export const deployments = z.looseObject({
  deployments: z.array(
    z.looseObject({
      id: z.string().min(1),
      manifest: z.looseObject({
        spec: z.looseObject({ dailyNodeType: z.string().min(1), image: z.string().min(1) }),
      }),
      createdAt: time,
      updatedAt: time,
    }),
  ),
})

export const logs = z.looseObject({ logs: z.array(z.looseObject({ log: z.string(), timestamp: z.string().min(20) })) })

/** These have to be there, and may be null. */
const session = z.looseObject({
  sessionId: z.uuid(),
  createdAt: time,
  endedAt: time.nullable(),
  completionStatus: z.string().nullable(),
  botStartSeconds: z.int().nullable(),
  coldStart: z.boolean().nullable(),
})

export const sessions = z.looseObject({ sessions: z.array(session) })

const used = z.number().min(0)

export const oneSession = session.extend({
  resourceMetrics: z
    .looseObject({
      sampleCount: z.int().min(1),
      cpuMillicoresP50: used,
      cpuMillicoresP90: used,
      cpuMillicoresP95: used,
      cpuMillicoresP99: used,
      memoryBytesP50: used,
      memoryBytesP90: used,
      memoryBytesP95: used,
      memoryBytesP99: used,
      // Whole seconds: the command computes the span from the first and the last.
      timeseries: z.array(z.looseObject({ t: z.int(), c: used, m: used })).min(1),
    })
    .nullable(),
})

export const terminated = z.looseObject({ status: z.literal('terminated'), session_id: z.uuid() })

export const regions = z.looseObject({
  regions: z.array(z.looseObject({ code: z.string().min(1), display_name: z.string().min(1) })).min(1),
})

export const properties = z.looseObject({ properties: z.looseObject({ defaultRegion: z.string().min(1) }) })

export const propertySchemas = z.looseObject({
  properties: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      description: z.string(),
      readOnly: z.boolean(),
      currentValue: z.string(),
      default: z.string(),
      availableValues: z.array(z.string()).optional(),
    }),
  ),
})

const build = z.looseObject({
  id: z.string().min(1),
  status: z.enum(['pending', 'building', 'success', 'failed', 'timeout']),
  region: z.string().min(1),
  contextHash: z.string(),
  dockerfilePath: z.string(),
  createdAt: time,
  buildDurationSeconds: z.number().nullable(),
  errorMessage: z.string().nullable(),
})

export const builds = z.looseObject({ builds: z.array(build), total: z.int() })
export const oneBuild = z.looseObject({ build })
export const buildLogs = z.looseObject({ logs: z.array(z.string()) })

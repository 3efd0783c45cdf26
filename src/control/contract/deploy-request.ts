import { z } from '@hono/zod-openapi'
import { profileNames } from '../../runtime/profile.ts'
import { callSettings } from './call-settings.ts'
import { agentName, region } from './names.ts'

const instances = (least: number) => z.int('must be a whole number').min(least, `must be at least ${least}`)

/** What a deployment may say whatever it runs. What it does not say stays as it is, or is the default. */
export const botSettings = {
  secretSet: z.string().optional(),
  autoScaling: z
    .object({ minAgents: instances(0).optional(), maxAgents: instances(1).optional() })
    .optional()
    .openapi({ description: 'Instances kept ready (default 0) and sessions at once (default 50).' }),
  agentProfile: z.enum(profileNames).optional(),
  instanceUses: instances(0).max(1_000_000, 'must be at most 1000000').optional().openapi({
    description:
      'Sessions that one instance serves before another takes its place: 1 gives each session a fresh one, 0 (the default) sets no limit. Of Offhook, not of Pipecat Cloud.',
  }),
  maxSessionDuration: z
    .int('must be a whole number of seconds')
    .min(60, 'must be at least 60 seconds')
    .max(14_400, 'must be at most 14400 seconds')
    .optional(),
  websocketAuth: z.enum(['none', 'token']).optional(),
  call: callSettings.optional(),
}

const settings = {
  image: z.string().min(1).optional().openapi({ description: 'Either this or `buildId`.', example: 'me/front-desk:1' }),
  buildId: z.uuid('must be a UUID').optional(),
  nodeType: z.enum(['arm', 'amd']).optional(),
  imagePullSecretSet: z.string().optional(),
  krispViva: z.object({ audioFilter: z.enum(['tel', 'pro']).nullish() }).optional(),
  ...botSettings,
}

export const createAgentRequest = z
  .object({ serviceName: agentName, region: region.optional(), ...settings })
  .openapi('CreateServiceRequest')

export const updateAgentRequest = z
  .object({
    ...settings,
    region: region.optional().openapi({ description: 'Must be that of the agent: an agent does not move.' }),
    forceRedeploy: z.boolean().optional().openapi({ description: 'Makes a new deployment of what is the same.' }),
  })
  .openapi('UpdateServiceRequest')

/** The command line sends the same fields for both. */
export const cliCreateRequest = z
  .object({ serviceName: agentName, ...updateAgentRequest.shape })
  .openapi('CliCreateServiceRequest')
export const cliUpdateRequest = z
  .object({ serviceName: z.string(), ...updateAgentRequest.shape })
  .openapi('CliUpdateServiceRequest')

export type CreateAgentRequest = z.infer<typeof createAgentRequest>
export type UpdateAgentRequest = z.infer<typeof updateAgentRequest>

import { z } from '@hono/zod-openapi'

export const agentName = z
  .string()
  .max(54, 'must have at most 54 characters')
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])$/,
    'must be lower-case letters, digits and hyphens, and start and end with no hyphen',
  )
  .openapi({ example: 'front-desk' })

/** Names in a path are only looked up, so that whatever does not exist gives 404. */
const inPath = (name: string, example: string) => z.string().openapi({ param: { name, in: 'path' }, example })

export const organizationPath = z.object({ org: inPath('org', 'brave-blue-heron-4821') })
export const agentPath = z.object({ agentName: inPath('agentName', 'front-desk') })
export const organizationAgentPath = organizationPath.extend(agentPath.shape)

export const sessionId = z.uuid('must be a UUID').openapi({
  param: { name: 'sessionId', in: 'path' },
  example: '639f91d8-d511-4677-a83b-bd7564d5d92f',
})

export const buildPath = z.object({ buildId: inPath('buildId', '3f0c1c0e-7d58-4a53-8f0b-2f3e3e2b8f11') })

const secretSetRule = /^[a-zA-Z0-9]([-._a-zA-Z0-9]*[a-zA-Z0-9])?$/

/** As wide as the command line's rule and that of the documented API together. */
export const secretSetName = z
  .string()
  .max(63, 'must have at most 63 characters')
  .regex(secretSetRule, 'must be letters, digits, "-", "_" and ".", and start and end with a letter or digit')
  .openapi({ param: { name: 'setName', in: 'path' }, example: 'front-desk-secrets' })

export const secretKey = z
  .string()
  .min(1, 'must not be empty')
  .max(64, 'must have at most 64 characters')
  .regex(/^[a-zA-Z0-9_-]+$/, 'must be letters, digits, "_" and "-"')
  .openapi({ example: 'OPENAI_API_KEY' })

export const region = z.string().openapi({ example: 'us-west' })

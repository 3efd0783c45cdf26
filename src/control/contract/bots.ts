import { createRoute, z } from '@hono/zod-openapi'
import { agentDetails } from './agent-details.ts'
import { answer, bearer, jsonBody, refusals } from './answers.ts'
import { botSettings } from './deploy-request.ts'
import { agentName, organizationPath, region } from './names.ts'

/** Where a file stands beside the bot: no way leads out of the bot's own folder. */
const filePath = z
  .string()
  .max(300, 'must have at most 300 characters')
  .regex(
    /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[^\\\0]+$/,
    'must be a relative path with forward slashes, and without "." and ".."',
  )

const source = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('module'),
    entry: filePath.openapi({ description: 'The file, of those given, that exports the bot.', example: 'bot.mjs' }),
  }),
  z.object({
    type: z.literal('url'),
    url: z
      .url({ protocol: /^wss?$/, error: 'must be a ws or wss URL' })
      .openapi({ example: 'wss://bot.example.com/ws' }),
  }),
  z.object({
    type: z.literal('command'),
    command: z
      .array(
        z
          .string()
          .max(4000)
          .regex(/^[^\0]*$/, 'must have no zero character'),
      )
      .min(1, 'must name a program')
      .max(100, 'must be at most 100 words')
      .openapi({
        description: 'Program and arguments, run in the folder of the files. `$PORT` is the port to listen on.',
        example: ['python3', 'bot.py'],
      }),
  }),
])

const deployBotRequest = z
  .object({
    source,
    files: z
      .array(z.object({ path: filePath, content: z.base64('must be base64') }))
      .max(1000, 'must be at most 1000 files')
      .default([]),
    region: region.optional(),
    forceRedeploy: z.boolean().optional(),
    ...botSettings,
  })
  .openapi('DeployBotRequest')

export type DeployBotRequest = z.infer<typeof deployBotRequest>

export const deployBot = createRoute({
  tags: ['Offhook: versions'],
  security: bearer.tokenOrPrivateKey,
  method: 'post',
  path: '/v1/offhook/organizations/{org}/agents/{agentName}/deploy',
  summary: 'Deploy a bot: a bundled module or a command with its files, or the URL of one that runs elsewhere',
  request: {
    params: organizationPath.extend({ agentName: agentName.openapi({ param: { name: 'agentName', in: 'path' } }) }),
    body: jsonBody(deployBotRequest),
  },
  responses: {
    200: answer(agentDetails.extend({ warning: z.string().optional() }), 'The agent; made, if it was not there.'),
    ...refusals(403, 404, 409, 413),
  },
})

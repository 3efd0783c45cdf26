import { createRoute, z } from '@hono/zod-openapi'
import { agentDetails, agentListItem, deployment } from './agent-details.ts'
import { answer, bearer, jsonBody, refusals, statusOk } from './answers.ts'
import { cliCreateRequest, cliUpdateRequest, createAgentRequest, updateAgentRequest } from './deploy-request.ts'
import { agentPath, organizationAgentPath, organizationPath } from './names.ts'

const services = z.object({ services: z.array(agentListItem) })
const wrapped = z.object({ body: agentDetails, warning: z.string().optional() }).openapi('CliServiceDetails')

const listQuery = z.object({
  region: z.string().optional(),
  includeActiveDeployment: z.stringbool().optional().openapi({ type: 'boolean' }),
})

const rest = { tags: ['Agents'], security: bearer.privateKey }
const cli = { tags: ['Command line: services'], security: bearer.token }

export const createAgent = createRoute({
  ...rest,
  method: 'post',
  path: '/v1/agents',
  summary: 'Create an agent and deploy it',
  request: { body: jsonBody(createAgentRequest) },
  responses: { 200: answer(agentDetails, 'The new agent.'), ...refusals(403, 404, 409) },
})

export const listAgents = createRoute({
  ...rest,
  method: 'get',
  path: '/v1/agents',
  summary: 'List agents',
  request: { query: listQuery },
  responses: { 200: answer(services, 'All agents.'), ...refusals(404) },
})

export const readAgent = createRoute({
  ...rest,
  method: 'get',
  path: '/v1/agents/{agentName}',
  summary: 'Read an agent and how it does',
  request: { params: agentPath },
  responses: { 200: answer(agentDetails, 'The agent.'), ...refusals(404) },
})

export const updateAgent = createRoute({
  ...rest,
  method: 'post',
  path: '/v1/agents/{agentName}',
  summary: 'Deploy a change to an agent',
  request: { params: agentPath, body: jsonBody(updateAgentRequest) },
  responses: { 200: answer(agentDetails, 'The agent.'), ...refusals(403, 404, 409) },
})

export const deleteAgent = createRoute({
  ...rest,
  method: 'delete',
  path: '/v1/agents/{agentName}',
  summary: 'Delete an agent; running sessions go on',
  request: { params: agentPath },
  responses: { 200: answer(statusOk, 'It is deleted.'), ...refusals(403, 404) },
})

const collection = '/v1/organizations/{org}/services'

export const cliListAgents = createRoute({
  ...cli,
  method: 'get',
  path: collection,
  summary: 'List agents',
  request: { params: organizationPath, query: listQuery },
  responses: { 200: answer(services, 'All agents.'), ...refusals(404) },
})

export const cliReadAgent = createRoute({
  ...cli,
  method: 'get',
  path: `${collection}/{agentName}`,
  summary: 'Read an agent and how it does',
  request: { params: organizationAgentPath },
  responses: { 200: answer(wrapped, 'The agent, in `body`.'), ...refusals(404) },
})

export const cliCreateAgent = createRoute({
  ...cli,
  method: 'post',
  path: collection,
  summary: 'Create an agent and deploy it',
  request: { params: organizationPath, body: jsonBody(cliCreateRequest) },
  responses: { 200: answer(wrapped, 'The new agent.'), ...refusals(403, 404, 409) },
})

export const cliUpdateAgent = createRoute({
  ...cli,
  method: 'put',
  path: collection,
  summary: 'Deploy a change to the agent that the body names',
  request: { params: organizationPath, body: jsonBody(cliUpdateRequest) },
  responses: { 200: answer(wrapped, 'The agent.'), ...refusals(403, 404, 409) },
})

export const cliDeleteAgent = createRoute({
  ...cli,
  method: 'delete',
  path: `${collection}/{agentName}`,
  summary: 'Delete an agent; running sessions go on',
  request: { params: organizationAgentPath },
  responses: { 200: answer(statusOk, 'It is deleted.'), ...refusals(403, 404) },
})

export const cliListDeployments = createRoute({
  ...cli,
  method: 'get',
  path: `${collection}/{agentName}/deployments`,
  summary: 'List what was deployed, the latest first',
  request: { params: organizationAgentPath },
  responses: { 200: answer(z.object({ deployments: z.array(deployment) }), 'All deployments.'), ...refusals(404) },
})

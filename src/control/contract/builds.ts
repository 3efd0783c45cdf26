import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals, time } from './answers.ts'
import { buildPath, organizationPath, region } from './names.ts'

const status = z.enum(['pending', 'building', 'success', 'failed', 'timeout'])

const build = z
  .object({
    id: z.string(),
    organizationId: z.string(),
    status,
    region,
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
  .openapi('Build')

const upload = z
  .object({
    uploadId: z.string(),
    uploadUrl: z.string(),
    uploadFields: z.record(z.string(), z.string()),
    expiresAt: time,
  })
  .openapi('Upload')

const uploadRequest = z.object({ region: region.optional() })
const buildRequest = z.object({
  uploadId: z.string(),
  region: region.optional(),
  dockerfilePath: z.string().min(1).default('Dockerfile'),
})
const started = z.object({ build, contextHash: z.string(), cached: z.boolean() }).openapi('StartedBuild')
const one = z.object({ build })
const list = z.object({ builds: z.array(build), total: z.int(), limit: z.int(), offset: z.int() }).openapi('BuildList')
const logs = z.object({ logs: z.array(z.string()), nextToken: z.string().optional() }).openapi('BuildLogs')

const listQuery = z.object({
  status: status.optional(),
  region: z.string().optional(),
  contextHash: z.string().optional(),
  dockerfilePath: z.string().optional(),
  limit: z.coerce.number().int().min(1, 'must be at least 1').max(100, 'must be at most 100').default(20),
  offset: z.coerce.number().int().min(0, 'must not be negative').default(0),
})
const logQuery = z.object({
  limit: z.coerce.number().int().min(1, 'must be at least 1').max(10_000, 'must be at most 10000').default(500),
})

const rest = { tags: ['Builds'], security: bearer.privateKey }
const cli = { tags: ['Command line: builds'], security: bearer.token }
const restPath = '/v1/builds'
const cliPath = '/v1/organizations/{org}/builds'
const cliBuildPath = organizationPath.extend(buildPath.shape)
const startAnswers = {
  200: answer(started, 'The same context was built before.'),
  201: answer(started, 'The build has begun.'),
  ...refusals(403, 404),
}

export const createUpload = createRoute({
  ...rest,
  method: 'post',
  path: `${restPath}/upload-url`,
  summary: 'Ask where to upload a build context',
  request: { body: jsonBody(uploadRequest) },
  responses: { 200: answer(upload, 'Good for 15 minutes.'), ...refusals(403, 404) },
})

export const startBuild = createRoute({
  ...rest,
  method: 'post',
  path: restPath,
  summary: 'Build an image from what was uploaded',
  request: { body: jsonBody(buildRequest) },
  responses: startAnswers,
})

export const listBuilds = createRoute({
  ...rest,
  method: 'get',
  path: restPath,
  summary: 'List builds, the latest first',
  request: { query: listQuery },
  responses: { 200: answer(list, 'A page of builds.'), ...refusals(404) },
})

export const readBuild = createRoute({
  ...rest,
  method: 'get',
  path: `${restPath}/{buildId}`,
  summary: 'Read a build',
  request: { params: buildPath },
  responses: { 200: answer(one, 'The build.'), ...refusals(404) },
})

export const readBuildLogs = createRoute({
  ...rest,
  method: 'get',
  path: `${restPath}/{buildId}/logs`,
  summary: 'Read what a build printed',
  request: { params: buildPath, query: logQuery },
  responses: { 200: answer(logs, 'Its lines.'), ...refusals(404) },
})

export const cliCreateUpload = createRoute({
  ...cli,
  method: 'post',
  path: `${cliPath}/upload-url`,
  summary: 'Ask where to upload a build context',
  request: { params: organizationPath, body: jsonBody(uploadRequest) },
  responses: { 200: answer(upload, 'Good for 15 minutes.'), ...refusals(403, 404) },
})

export const cliStartBuild = createRoute({
  ...cli,
  method: 'post',
  path: cliPath,
  summary: 'Build an image from what was uploaded',
  request: { params: organizationPath, body: jsonBody(buildRequest) },
  responses: startAnswers,
})

export const cliListBuilds = createRoute({
  ...cli,
  method: 'get',
  path: cliPath,
  summary: 'List builds, the latest first',
  request: { params: organizationPath, query: listQuery },
  responses: { 200: answer(list, 'A page of builds.'), ...refusals(404) },
})

export const cliReadBuild = createRoute({
  ...cli,
  method: 'get',
  path: `${cliPath}/{buildId}`,
  summary: 'Read a build',
  request: { params: cliBuildPath },
  responses: { 200: answer(one, 'The build.'), ...refusals(404) },
})

export const cliReadBuildLogs = createRoute({
  ...cli,
  method: 'get',
  path: `${cliPath}/{buildId}/logs`,
  summary: 'Read what a build printed',
  request: { params: cliBuildPath, query: logQuery },
  responses: { 200: answer(logs, 'Its lines.'), ...refusals(404) },
})

export type BuildItem = z.infer<typeof build>
export type BuildQuery = z.infer<typeof listQuery>
export type BuildRequest = z.infer<typeof buildRequest>

import { createRoute, z } from '@hono/zod-openapi'
import { answer, bearer, jsonBody, refusals } from './answers.ts'
import { organizationPath } from './names.ts'

const values = z.object({ properties: z.record(z.string(), z.string()) }).openapi('Properties')

const propertySchema = z
  .object({
    type: z.literal('string'),
    description: z.string(),
    default: z.string(),
    currentValue: z.string(),
    readOnly: z.boolean(),
    availableValues: z.array(z.string()).optional(),
  })
  .openapi('PropertySchema')

const schemas = z.object({ properties: z.record(z.string(), propertySchema) }).openapi('PropertySchemas')
/** Others than these are refused with a text that lists them. */
const changes = z
  .looseObject({ defaultRegion: z.string().optional() })
  .openapi('PropertyChanges', { example: { defaultRegion: 'us-west' } })
/** `display_name` is spelt so on the wire, unlike everything around it. */
const regions = z
  .object({ regions: z.array(z.object({ code: z.string(), display_name: z.string() })) })
  .openapi('Regions')

const rest = { tags: ['Properties and regions'], security: bearer.privateKey }
const cli = { tags: ['Command line: properties and regions'], security: bearer.token }
const inOrganization = { params: organizationPath }

export const readProperties = createRoute({
  ...rest,
  method: 'get',
  path: '/v1/properties',
  summary: 'Read the settings of the organization',
  responses: { 200: answer(values, 'Name and value.'), ...refusals(404) },
})

export const updateProperties = createRoute({
  ...rest,
  method: 'patch',
  path: '/v1/properties',
  summary: 'Change settings of the organization',
  request: { body: jsonBody(changes) },
  responses: { 200: answer(schemas, 'All settings, described.'), ...refusals(403, 404) },
})

export const describeProperties = createRoute({
  ...rest,
  method: 'get',
  path: '/v1/properties/schema',
  summary: 'Describe the settings of the organization',
  responses: { 200: answer(schemas, 'All settings.'), ...refusals(404) },
})

export const listRegions = createRoute({
  ...rest,
  method: 'get',
  path: '/v1/regions',
  summary: 'List regions',
  responses: { 200: answer(regions, 'All regions.'), ...refusals(404) },
})

export const cliReadProperties = createRoute({
  ...cli,
  method: 'get',
  path: '/v1/organizations/{org}/properties',
  summary: 'Read the settings of the organization',
  request: inOrganization,
  responses: { 200: answer(values, 'Name and value.'), ...refusals(404) },
})

export const cliUpdateProperties = createRoute({
  ...cli,
  method: 'patch',
  path: '/v1/organizations/{org}/properties',
  summary: 'Change settings of the organization',
  request: { ...inOrganization, body: jsonBody(changes) },
  responses: { 200: answer(values, 'Name and value.'), ...refusals(403, 404) },
})

export const cliDescribeProperties = createRoute({
  ...cli,
  method: 'get',
  path: '/v1/organizations/{org}/properties/schema',
  summary: 'Describe the settings of the organization',
  request: inOrganization,
  responses: { 200: answer(schemas, 'All settings.'), ...refusals(404) },
})

export const cliListRegions = createRoute({
  ...cli,
  method: 'get',
  path: '/v1/organizations/{org}/regions',
  summary: 'List regions',
  request: inOrganization,
  responses: { 200: answer(regions, 'All regions.'), ...refusals(404) },
})

export type PropertySchema = z.infer<typeof propertySchema>

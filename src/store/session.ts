import type { SessionRow } from './schema/calls.ts'

export type Session = Omit<SessionRow, 'coldStart' | 'metrics'> & { coldStart: boolean | null }

export const sessionColumns = [
  'id',
  'organizationId',
  'agentId',
  'versionId',
  'callId',
  'nodeId',
  'instanceId',
  'transport',
  'region',
  'createdAt',
  'updatedAt',
  'botStartMs',
  'coldStart',
  'endedAt',
  'completionStatus',
  'endState',
  'endReason',
] as const

export const toSession = (row: Omit<SessionRow, 'metrics'>): Session => ({
  ...row,
  coldStart: row.coldStart === null ? null : row.coldStart === 1,
})

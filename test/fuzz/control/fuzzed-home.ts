import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../../src/lib/clock.ts'
import { firstStart } from '../../../src/platform/first-start.ts'
import { openStore, type Store, type StoreLocation } from '../../../src/store/store.ts'

/** What is in the database before the node starts, and cannot be made through its API in a moment. */
export interface FuzzedHome {
  readonly organization: string
  readonly ownerToken: string
  readonly expiredToken: string
  readonly sessionIds: readonly string[]
  readonly recordingId: string
  readonly buildId: string
  readonly uploadId: string
}

const agents = ['desk', 'echo', 'front-desk']

export async function prepareHome(location: StoreLocation): Promise<FuzzedHome> {
  await using store = await openStore({ ...location, clock: systemClock })
  const first = await firstStart(store)
  const owner = await store.tokens.verify(first?.token ?? '')
  const organization = await store.organizations.findByName(first?.organization ?? '')
  if (!first || !owner || !organization) throw new Error('the home was not empty')
  const organizationId = organization.id
  const expired = await store.tokens.create(owner.user.id, { name: 'expired', expiresAt: 1 })
  const sessionIds: string[] = []
  for (const name of agents) sessionIds.push(await addAgent(store, organizationId, name))
  const shelf = join(location.folder, 'recordings')
  await mkdir(shelf)
  await writeFile(join(shelf, 'a.wav'), 'RIFF')
  const [sessionId = ''] = sessionIds
  const about = { callId: 'c1', carrierId: 'r1', url: 'https://m.test/r1.wav', format: 'wav', channels: 1 } as const
  const kept = { path: 'a.wav', sizeBytes: 4 }
  const { recording } = await store.recordings.note(organizationId, { sessionId, ...about, durationMs: 1, kept })
  const context = { region: 'local', contextHash: '0123456789abcdef', dockerfilePath: 'Dockerfile' }
  const { build } = await store.builds.create(organizationId, context)
  await store.builds.appendLog(organizationId, build.id, ['done'])
  await store.builds.update(organizationId, build.id, { status: 'success', imageUri: 'registry.internal/built:1' })
  const upload = await store.uploads.create(organizationId, { region: 'local' })
  return {
    organization: first.organization,
    ownerToken: first.token,
    expiredToken: expired.token,
    sessionIds,
    recordingId: recording.id,
    buildId: build.id,
    uploadId: upload.id,
  }
}

/** An agent that is up at once, and a session of it with all that sessions leave behind. Returns the session's id. */
async function addAgent(store: Store, organizationId: string, name: string): Promise<string> {
  const spec = { source: { type: 'url', url: 'ws://127.0.0.1:9/ws' }, webSocketAuth: 'token' } as const
  const agent = await store.agents.create(organizationId, { name, region: 'local', version: { spec } })
  const versionId = agent.desiredVersionId ?? ''
  const id = randomUUID()
  await store.sessions.create(organizationId, { id, agentId: agent.id, versionId, nodeId: 'node-1' })
  await store.sessions.started(organizationId, id, { botStartMs: 20, coldStart: true })
  await store.sessions.setMetrics(organizationId, id, { samples: [{ atMs: 1, cpuMillicores: 2, memoryBytes: 3 }] })
  await store.sessions.end(organizationId, id, { completionStatus: 'HTTP_COMPLETED', reason: 'stopped' })
  store.events.append({ organizationId, sessionId: id, code: 'SESSION_COMPLETED', data: { heardMs: 1 } })
  store.logs.append({ organizationId, agentId: agent.id, versionId, sessionId: id, text: 'INFO hello' })
  await Promise.all([store.events.flush(), store.logs.flush()])
  return id
}

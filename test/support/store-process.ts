/** A process that opens a store and writes until it is killed. Arguments: what to do, the folder, the database's URL. */
import { join } from 'node:path'
import { systemClock } from '../../src/lib/clock.ts'
import { messageOf } from '../../src/lib/errors.ts'
import { silentLog } from '../../src/lib/log.ts'
import { isDatabaseAway } from '../../src/store/database-away.ts'
import { openStore } from '../../src/store/store.ts'

const [, , task, folder = '', databaseUrl] = process.argv
const store = await openStore({
  folder,
  clock: systemClock,
  log: silentLog,
  ...(databaseUrl !== undefined && { databaseUrl }),
})
process.stdout.write('open\n')
if (task === 'write') await writeForEver()
if (task === 'persist') await persist()
if (task === 'back-up') await backUp()
await store[Symbol.asyncDispose]()

/** Versions with two files each, sessions that begin and end, secrets, log lines: whatever a kill could tear apart. */
async function writeForEver(): Promise<never> {
  const { id: organizationId } = await store.organizations.create({ verboseName: 'Writer' })
  const spec = { source: { type: 'module', entry: 'a' }, webSocketAuth: 'token' } as const
  const agent = await store.agents.create(organizationId, { name: 'desk', region: 'local', version: { spec } })
  const files = ['a', 'b'].map((path) => ({ path, content: new Uint8Array(20_000).fill(7) }))
  for (let round = 0; ; round++) {
    const version = await store.versions.create(organizationId, agent.id, { spec, files })
    await store.versions.setPhase(organizationId, version.id, { phase: 'active' })
    const ids = { agentId: agent.id, versionId: version.id, nodeId: 'n1' }
    const session = await store.sessions.create(organizationId, ids)
    store.logs.append({ organizationId, agentId: agent.id, sessionId: session.id, text: `round ${round}` })
    const values = { A: String(round), B: String(round) }
    await store.secrets.put(organizationId, 'set', { region: 'local', values })
    if (round % 2) await store.sessions.end(organizationId, session.id, { completionStatus: '200', reason: 'x' })
    process.stdout.write('.')
  }
}

/**
 * Transactions one after the other, whatever becomes of the one before: `.` for each that was made, `x` for each that found the
 * database away, and what else went wrong.
 */
async function persist(): Promise<never> {
  const { id: organizationId } = await store.organizations.create({ verboseName: 'Writer' })
  for (;;) {
    try {
      await store.secrets.put(organizationId, 'set', { region: 'local', values: { A: 'a', B: 'b' } })
      process.stdout.write('.')
    } catch (error) {
      process.stdout.write(isDatabaseAway(error) ? 'x' : messageOf(error))
    }
  }
}

/** Into `second.jsonl` in the folder; what the system says when it may not get so large is an error, and not the end. */
async function backUp(): Promise<void> {
  process.on('SIGXFSZ', () => {})
  const said = await store.backUp(join(folder, 'second.jsonl')).catch((error: NodeJS.ErrnoException) => error.code)
  process.stdout.write(said ?? 'made')
}

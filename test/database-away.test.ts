import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { silentLog } from '../src/lib/log.ts'
import { isDatabaseAway } from '../src/store/database-away.ts'
import { openPostgres } from '../src/store/databases.ts'
import { BreakableNetwork } from './support/breakable-network.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'
import { hasPostgres, StorePlace } from './support/stores.ts'

const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    console.log('hello')
    await call.play(new Int16Array(800), { sampleRateHz: 8000 })
    for await (const event of call) {
      if (event.type !== 'dtmf') continue
      console.log('got ' + event.digit)
      if (event.digit === '#') return
    }
  })`

const sessionBot = `
  import { defineBot } from 'offhook'
  export default defineBot({ onSession: async () => console.log('there') })`

/** A database of its own, and the way to it through a network that can break. */
async function breakableDatabase() {
  await using opening = new AsyncDisposableStack()
  const { location } = opening.use(await StorePlace.create('PostgreSQL'))
  const { databaseUrl: direct = '' } = location
  const url = new URL(direct)
  const network = opening.use(await BreakableNetwork.to(Number(url.port)))
  url.port = String(network.port)
  const opened = opening.move()
  return { direct, url: url.href, network, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** A node that leaves nothing behind. */
async function platformOn({ url: databaseUrl }: { readonly url: string }): Promise<TestPlatform> {
  const platform = await startPlatform(undefined, { databaseUrl, secretKey: 'c'.repeat(64) })
  const end = async () => {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
  return { ...platform, [Symbol.asyncDispose]: end }
}

test.skipIf(!hasPostgres)(
  'calls go on and begin while the database is away; all of it is on record once it is back, with the times when it was',
  async () => {
    await using database = await breakableDatabase()
    await using platform = await platformOn(database)
    const { network } = database
    const { log, organization } = platform
    await platform.deploy('front-desk', bot)
    const service = `/v1/organizations/${organization}/services/front-desk`

    const first = platform.call('front-desk')
    await log.until('hello')
    network.cut()
    first.press('1')
    await log.until('got 1')
    await platform.call('front-desk', [
      { do: 'wait', ms: 300 },
      { do: 'press', digits: '#' },
    ]).ended
    first.press('#')
    await first.ended
    expect(await platform.ask('GET', `${service}/sessions`)).toMatchObject({ status: 503, body: { code: '503' } })
    await log.until(/^the database is away/)
    const overAt = new Date().toISOString()
    await new Promise((resolve) => setTimeout(resolve, 1500))
    network.mend()

    const sessions = async () => {
      const { body } = await platform.ask('GET', `${service}/sessions`)
      return (body['sessions'] ?? []) as { createdAt: string; endedAt: string | null }[]
    }
    await expect.poll(async () => (await sessions()).filter(({ endedAt }) => endedAt !== null).length, patience).toBe(2)
    for (const { createdAt, endedAt } of await sessions()) {
      expect(createdAt < (endedAt ?? '')).toBe(true)
      expect((endedAt ?? '') <= overAt).toBe(true)
    }
    await expect.poll(async () => (await platform.ask('GET', `${service}/logs`)).body['logs'], patience).toHaveLength(5)
    expect(log.all(/could not be written|are lost/)).toEqual([])
    expect(log.all(/^the database is away/)).toHaveLength(1)
  },
)

test.skipIf(!hasPostgres)('a record that was written before its answer was lost is no error', async () => {
  await using database = await breakableDatabase()
  await using platform = await platformOn(database)
  const { network } = database
  const { log, open } = platform
  await platform.deploy('front-desk', sessionBot)
  const [organization] = await open.store.organizations.list()
  const organizationId = organization?.id ?? ''
  const agent = await open.store.agents.find(organizationId, 'front-desk')
  await using beside = openPostgres(database.direct, silentLog)

  network.loseAnswers()
  const started = open.platform.startSession({
    organizationId,
    agentId: agent?.id ?? '',
    agentName: 'front-desk',
    body: {},
  })
  const count = async () => (await sql`select id from sessions`.execute(beside.main)).rows.length
  await expect.poll(count, patience).toBe(1)
  network.cut()
  network.mend()
  expect(await started).toMatchObject({ started: true })
  expect(log.all(/could not be written/)).toEqual([])
})

test.skipIf(!hasPostgres)('a statement that PostgreSQL never answers is given up, with its connection', async () => {
  await using database = await breakableDatabase()
  const { network } = database
  await using databases = openPostgres(database.url, silentLog, 1000)
  const ask = () => sql`select 1 as one`.execute(databases.main)
  await ask()
  network.silence()
  const error = await ask().catch((error: unknown) => error)
  expect(error).toMatchObject({ message: 'Connection terminated: PostgreSQL has said nothing for 1 s' })
  expect(isDatabaseAway(error)).toBe(true)
  expect((await ask()).rows).toEqual([{ one: 1 }])
})

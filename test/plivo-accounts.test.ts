import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SimulatorServer } from '../src/simulator/index.ts'
import { bundledFiles } from './support/bundled-files.ts'
import { askForXml, ForeignStream, newCallUuid, signed, tell, UpgradeRefused } from './support/foreign-client.ts'
import { LossyApi } from './support/lossy-api.ts'
import { patience, pause } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'

// Organizations with accounts at Plivo of their own, on one node that has one, too.

const ofNode = { authToken: 'the-token-of-the-account' }
const ofAnn = { authId: 'MAANN000000000000000', authToken: 'the-token-of-ann-at-plivo' }
const ofEve = { authId: 'MAEVE000000000000000', authToken: 'the-token-of-eve-at-plivo' }

/** Asks for what takes Plivo's REST API, and prints what became of it. */
const recorder = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    await call.record({ format: 'wav' }).then(() => console.log('recorded'), ({ code }) => console.log('refused: ' + code))
    await call.hangUp()
  })`

let node: TestPlatform
/** Knows Ann's account and no other. */
let plivo: SimulatorServer
let api: LossyApi
let [ann, eve, bob] = ['', '', '']

const path = (organization: string) => `/v1/offhook/organizations/${organization}/plivo`
const answerUrl = (organization: string) =>
  `http://127.0.0.1:${node.open.server.port}/plivo-xml?agent=desk&org=${organization}`

async function addOrganization(name: string): Promise<string> {
  const { body } = await node.ask('POST', '/v1/offhook/organizations', { verboseName: name })
  const organization = String(body['name'])
  await deployTo(organization)
  return organization
}

async function deployTo(organization: string): Promise<void> {
  const files = await bundledFiles(node.home, 'desk', recorder)
  const source = { type: 'module', entry: 'bot.mjs' }
  const deploy = `/v1/offhook/organizations/${organization}/agents/desk/deploy`
  expect(await node.ask('POST', deploy, { source, files })).toMatchObject({ status: 200 })
  await node.open.platform.settled()
}

beforeAll(async () => {
  plivo = await SimulatorServer.start({ account: { authId: ofAnn.authId, authTokens: [ofAnn.authToken] } })
  api = await LossyApi.start(plivo.url)
  node = await startPlatform(undefined, { plivoApiUrl: api.url, simulatorToken: 'the-token-of-this-machine' })
  ann = await addOrganization('Ann')
  eve = await addOrganization('Eve')
  bob = node.organization
  await deployTo(bob)
  expect(await node.ask('PUT', path(ann), ofAnn)).toMatchObject({ status: 200 })
  expect(await node.ask('PUT', path(eve), ofEve)).toMatchObject({ status: 200 })
})
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await removeHome(node)
  await api[Symbol.asyncDispose]()
  await plivo[Symbol.asyncDispose]()
})

const statusOf = async (organization: string, token: string, more: Record<string, string> = {}) =>
  (await askForXml(answerUrl(organization), { CallUUID: newCallUuid(), ...more }, { token })).status

describe('what Plivo signs', () => {
  test('with the account of an organization is for its agents only, and theirs takes no other', async () => {
    const tokens = [ofAnn, ofEve, ofNode].map(({ authToken }) => authToken)
    const statuses = (organization: string) => Promise.all(tokens.map((token) => statusOf(organization, token)))
    expect(await statuses(ann)).toEqual([200, 403, 403])
    expect(await statuses(eve)).toEqual([403, 200, 403])
    expect(await statuses(bob)).toEqual([403, 403, 200])
  })

  test('opens a stream to agents of its organization only', async () => {
    const status = async (organization: string, token: string) => {
      const rest = `127.0.0.1:${node.open.server.port}/ws/plivo?serviceHost=desk.${organization}`
      const headers = { ...signed(token, 'GET', `http://${rest}`) }
      using stream = new ForeignStream(`ws://${rest}`, newCallUuid(), undefined, headers)
      const refusal: unknown = await stream.opened().then(
        () => undefined,
        (error: unknown) => error,
      )
      return refusal instanceof UpgradeRefused ? refusal.status : (refusal ?? 'open')
    }
    expect(await status(eve, ofAnn.authToken)).toBe(403)
    expect(await status(ann, ofNode.authToken)).toBe(403)
    expect(await status(ann, ofAnn.authToken)).toBe('open')
  })

  test('for one organization ends no call of another', async () => {
    const CallUUID = newCallUuid()
    expect(await statusOf(eve, ofEve.authToken, { CallUUID })).toBe(200)
    const hangup = { CallUUID, Event: 'Hangup', CallStatus: 'completed', HangupCause: 'NORMAL_CLEARING' }
    expect(await statusOf(ann, ofAnn.authToken, hangup)).toBe(403)
    const url = `http://127.0.0.1:${node.open.server.port}/plivo/hangup`
    expect(await tell(url, hangup, { token: ofAnn.authToken })).toMatchObject({ status: 403 })
    expect(node.open.server.calls.find(CallUUID)?.endedAt).toBeUndefined()
    expect(await tell(url, hangup, { token: ofEve.authToken })).toMatchObject({ status: 200 })
    expect(node.open.server.calls.find(CallUUID)?.endedAt).toBeDefined()
  })
})

describe('a notice of a call that the node does not have', () => {
  const hangupUrl = () => `http://127.0.0.1:${node.open.server.port}/plivo/hangup`
  const noticeOf = (CallUUID: string) => ({
    CallUUID,
    Event: 'Hangup',
    CallStatus: 'completed',
    HangupCause: 'NORMAL_CLEARING',
    Duration: '42',
  })

  test('ends its record, if the account of its organization has signed it', async () => {
    const { calls, organizations } = node.open.store
    const organizationId = (await organizations.findByName(ann))?.id ?? ''
    const id = newCallUuid()
    await calls.create(organizationId, { id, nodeId: 'node-2' })
    for (const { authToken: token } of [ofEve, ofNode]) await tell(hangupUrl(), noticeOf(id), { token })
    await tell(hangupUrl(), noticeOf(id))
    await pause(50)
    expect(await calls.find(organizationId, id)).toMatchObject({ endedAt: null, hangupCause: null })
    expect(await tell(hangupUrl(), noticeOf(id), { token: ofAnn.authToken })).toMatchObject({ status: 200 })
    await expect
      .poll(() => calls.find(organizationId, id), patience)
      .toMatchObject({ endedAt: expect.any(Number) as number, hangupCause: 'NORMAL_CLEARING', durationMs: 42_000 })
  })

  test('is refused when somebody else has signed it, and the log says whose call it is, or that it is nobody’s', async () => {
    const organizationId = (await node.open.store.organizations.findByName(ann))?.id ?? ''
    const [known, unknown] = [newCallUuid(), newCallUuid()]
    await node.open.store.calls.create(organizationId, { id: known, nodeId: 'node-2' })
    const refusals = async (id: string) => {
      const since = node.log.entries.length
      expect(await tell(hangupUrl(), noticeOf(id), { token: ofEve.authToken })).toMatchObject({ status: 403 })
      return node.log.all(/refused/, since).map(({ fields }) => [fields['organization'], fields['fix']])
    }
    expect(await refusals(known)).toEqual([[ann, expect.stringContaining('offhook plivo set')]])
    expect(await refusals(unknown)).toEqual([[undefined, expect.stringContaining('not on record')]])
    expect(await tell(hangupUrl(), noticeOf(unknown), { token: ofNode.authToken })).toMatchObject({ status: 200 })
  })
})

describe('what a bot asks of Plivo', () => {
  const lines = async (organization: string) => {
    const { body } = await node.ask('GET', `/v1/organizations/${organization}/services/desk/logs?limit=10`)
    return (body['logs'] as { log: string }[]).map(({ log }) => log)
  }
  const call = (organization: string, more = '') =>
    plivo.api.switchboard.receive({
      from: '14155550100',
      to: '14155550199',
      answerUrl: `${answerUrl(organization)}${more}`,
      hangupUrl: `http://127.0.0.1:${node.open.server.port}/plivo/hangup`,
      maxDurationMs: 20_000,
    })

  test('goes with the account of its organization', async () => {
    await call(ann).ended
    await expect.poll(() => lines(ann), patience).toEqual(['recorded'])
    expect(api.seen).toContain('POST Record')
  })

  test('goes to Plivo, wherever whoever signed would have it go', async () => {
    await using trap = await LossyApi.start(plivo.url)
    await call(ann, `&plivoApi=${encodeURIComponent(trap.url)}`).ended
    await expect.poll(async () => (await lines(ann)).length, patience).toBe(2)
    expect(trap.seen).toEqual([])
  })
})

describe('the account', () => {
  test('is shown without its token, and neither the log nor the audit log has it', async () => {
    const { status, body } = await node.ask('GET', path(ann))
    expect([status, body]).toEqual([
      200,
      {
        authId: ofAnn.authId,
        authTokenHint: '…livo',
        changedAt: expect.any(String) as string,
        previousTokenUntil: null,
      },
    ])
    const audit = await node.ask('GET', `/v1/offhook/organizations/${ann}/audit`)
    expect(JSON.stringify(audit.body)).toContain('plivo.set')
    const written = JSON.stringify([audit.body, node.log.all(/./)])
    for (const { authToken } of [ofAnn, ofEve]) expect(written).not.toContain(authToken)
    expect(await node.ask('GET', path(bob))).toMatchObject({ status: 404 })
  })

  test.each([
    ['authId', { ...ofAnn, authId: 'ann' }],
    ['authToken', { ...ofAnn, authToken: 'two words and more' }],
    ['authToken', { authId: ofAnn.authId }],
  ])('with a bad %s is refused, and it is not repeated', async (field, body) => {
    const refused = await node.ask('PUT', path(ann), body)
    expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining(field) } })
    expect(JSON.stringify(refused.body)).not.toContain('two words')
  })

  test('gets a new token while the one before still counts, and is forgotten with both at once', async () => {
    const organization = await addOrganization('Rotating')
    const statuses = () =>
      Promise.all(
        ['a-token-that-was-first', 'a-token-that-was-second', ofNode.authToken].map((token) =>
          statusOf(organization, token),
        ),
      )
    const { authId } = ofEve
    await node.ask('PUT', path(organization), { authId, authToken: 'a-token-that-was-first' })
    expect(await statuses()).toEqual([200, 403, 403])
    const rotated = await node.ask('PUT', path(organization), { authId, authToken: 'a-token-that-was-second' })
    expect(rotated.body['previousTokenUntil']).toEqual(expect.any(String))
    expect(await statuses()).toEqual([200, 200, 403])
    expect(await node.ask('DELETE', path(organization))).toMatchObject({ status: 200 })
    expect(await statuses()).toEqual([403, 403, 200])
    expect(await node.ask('DELETE', path(organization))).toMatchObject({ status: 404 })
  })

  test('is there when the node starts again, and in the database it cannot be read', async () => {
    const backup = `${node.home}/backup.jsonl`
    await node.open.store.backUp(backup)
    const written = await readFile(backup, 'latin1')
    expect([written.includes('plivo-account'), written.includes(ofAnn.authToken)]).toEqual([true, false])
    await node[Symbol.asyncDispose]()
    node = await startPlatform(node, { plivoApiUrl: api.url })
    expect([await statusOf(ann, ofAnn.authToken), await statusOf(ann, ofEve.authToken)]).toEqual([200, 403])
  })
})

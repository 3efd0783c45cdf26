import type { Surroundings } from './arbitrary-request.ts'
import type { FuzzedHome } from './fuzzed-home.ts'

type Json = Readonly<Record<string, unknown>>

/** A bot that ends as it begins: quick to fail, whatever is asked of it. */
const noBot = Buffer.from('throw new Error("no bot")').toString('base64')

/** Makes something of each kind for requests to find, and returns their names. */
export async function makeKnownThings(url: string, home: FuzzedHome): Promise<Surroundings> {
  const { organization, ownerToken, expiredToken, sessionIds, recordingId, buildId, uploadId } = home
  const ask = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const headers = { authorization: `Bearer ${ownerToken}`, 'content-type': 'application/json' }
    const sent = body !== undefined && { body: JSON.stringify(body) }
    const answer = await fetch(`${url}${path}`, { method, headers, ...sent })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Json
  }
  const keys = `/v1/offhook/organizations/${organization}/keys`
  const keyOf = async (type: string) => ask('POST', keys, { name: type, type })
  const [publicKey, privateKey, spare] = [await keyOf('public'), await keyOf('private'), await keyOf('public')]
  const tokenOf = async () => ask('POST', '/v1/offhook/tokens', { name: 'fuzz' })
  const [token, spareToken, revoked] = [await tokenOf(), await tokenOf(), await tokenOf()]
  const text = (json: Json, name: string) => String(json[name])
  await ask('DELETE', `/v1/offhook/tokens/${text(revoked, 'id')}`)
  for (const set of ['env', 'vault'])
    await ask('PUT', `/v1/organizations/${organization}/secrets/${set}`, { secretKey: 'A', secretValue: '1' })
  const { versions } = await ask('GET', `/v1/offhook/organizations/${organization}/agents/desk/versions`)
  const versionIds = (versions as readonly Json[]).map((version) => text(version, 'id'))
  const names: Readonly<Record<string, readonly string[]>> = {
    org: [...Array.from({ length: 12 }, () => organization), 'brave-blue-heron-4821'],
    agentName: ['desk', 'desk', 'echo', 'front-desk', 'new-1'],
    serviceName: ['new-1', 'new-2', 'new-3', 'desk', 'echo'],
    // One that is deleted is another than those that all others ask for.
    'DELETE agentName': ['new-1', 'new-2', 'new-3', 'nobody'],
    setName: ['env', 'vault', 'Env_2'],
    'DELETE setName': ['Env_2', 'nothing'],
    secretSet: ['env'],
    imagePullSecretSet: ['nothing'],
    secretKey: ['A', 'B', 'OPENAI_API_KEY'],
    region: ['local'],
    defaultRegion: ['local'],
    keyId: [text(spare, 'id')],
    tokenId: [text(spareToken, 'id')],
    versionId: versionIds,
    deploymentId: versionIds,
    sessionId: sessionIds,
    recordingId: [recordingId],
    buildId: [buildId],
    uploadId: [uploadId],
    startTime: ['0', '1700000000', '2026-01-01T00:00:00Z'],
    endTime: ['4000000000', '2099-01-01T00:00:00Z'],
    entry: ['bot.mjs'],
    path: ['bot.mjs'],
    content: [noBot],
    image: ['me/bot:1', 'localhost:1/x'],
    url: ['ws://127.0.0.1:9/ws'],
    authId: ['MAEXAMPLE00000000000', 'SAEXAMPLE00000000000'],
    authToken: ['a-token-of-some-account', 'another-token-of-it'],
  }
  return {
    known: (name) => (Object.hasOwn(names, name) ? (names[name] ?? []) : []),
    credentials: {
      publicKey: text(publicKey, 'key'),
      privateKey: text(privateKey, 'key'),
      personalAccessToken: text(token, 'token'),
    },
    badCredentials: [expiredToken, text(revoked, 'token'), 'pk_nobody', 'pcc_pat_nobody', 'x'],
  }
}

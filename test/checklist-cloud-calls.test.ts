import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import * as cli from './support/cli-answers.ts'
import { describeNodes } from './support/cloud-node.ts'
import { ForeignStream, newCallUuid } from './support/foreign-client.ts'
import { patience } from './support/patience.ts'
import * as rest from './support/rest-answers.ts'

// Every request that Pipecat Cloud's command line sends and every path of its documented API, in the order of somebody's
// day, each answer checked field by field. Builds are in control-cli.test.ts and control-rest.test.ts.

const agent = {
  image: 'me/front-desk:0.1',
  autoScaling: { minAgents: 0, maxAgents: 2 },
  enableKrisp: false,
  krispViva: {},
}

describeNodes((node) => {
  const refused = async (status: number, asked: Promise<{ status: number; body: unknown }>) => {
    const reply = await asked
    expect(reply).toMatchObject({ status })
    return rest.error.parse(reply.body)
  }

  test('a day with the command line: every request that it sends', async () => {
    const { token } = node()
    const read = node().read.bind(node())
    const ask = node().cli.bind(node())
    await read(cli.currentUser, node().send(token, 'GET', '/v1/users'))
    await read(cli.organizations, node().send(token, 'GET', '/v1/organizations'))
    await read(cli.dailyKey, ask('GET', '/daily'))
    const { key } = await read(cli.createdKey, ask('POST', '/apiKeys', { name: 'dev', type: 'public' }))
    const { public: keys } = await read(cli.publicKeys, ask('GET', '/apiKeys'))
    const dev = keys.find(({ metadata }) => metadata.name === 'dev')

    await refused(404, ask('GET', '/secrets/env'))
    const pair = { name: 'env', isImagePullSecret: false, secretKey: 'A', secretValue: '1', region: 'us-west' }
    await read(cli.storedSecret, ask('PUT', '/secrets/env', pair))
    await read(cli.storedSecret, ask('PUT', '/secrets/env', { ...pair, secretKey: 'B' }))
    const pull = { isImagePullSecret: true, secretValue: 'bWU6cHc=', host: 'https://index.docker.io/v1' }
    await read(cli.storedSecret, ask('PUT', '/secrets/hub', pull))
    expect((await read(cli.secretSets, ask('GET', '/secrets'))).sets).toHaveLength(2)
    expect((await read(cli.secretSets, ask('GET', '/secrets?region=us-west'))).sets).toHaveLength(2)
    expect((await read(cli.secretSet, ask('GET', '/secrets/env'))).secrets).toHaveLength(2)
    await refused(400, ask('GET', '/secrets/hub'))

    await read(cli.regions, ask('GET', '/regions'))
    await read(cli.properties, ask('GET', '/properties'))
    await read(cli.propertySchemas, ask('GET', '/properties/schema'))
    await read(cli.properties, ask('PATCH', '/properties', { defaultRegion: 'us-west' }))

    await refused(404, ask('GET', '/services/desk'))
    const order = { serviceName: 'desk', ...agent, secretSet: 'env', imagePullSecretSet: 'hub' }
    await read(cli.deployed, ask('POST', '/services', order))
    await read(cli.service, ask('GET', '/services/desk'))
    await read(cli.deployed, ask('PUT', '/services', { ...order, image: 'me/front-desk:0.2' }))
    await read(cli.service, ask('GET', '/services/desk'))
    expect((await read(cli.services, ask('GET', '/services'))).services).toHaveLength(1)
    expect((await read(cli.services, ask('GET', '/services?region=us-west'))).services).toHaveLength(1)
    expect((await read(cli.deployments, ask('GET', '/services/desk/deployments'))).deployments).toHaveLength(2)
    expect(
      (await read(cli.builds, ask('GET', '/builds?limit=1&contextHash=0123456789abcdef&region=us-west'))).total,
    ).toBe(0)
    await refused(404, ask('GET', `/builds/${randomUUID()}`))
    await refused(404, ask('GET', `/builds/${randomUUID()}/logs?limit=500`))

    await node().addAgent('live', { websocketAuth: 'none' })
    await refused(404, node().start('nobody', { createDailyRoom: false }, key))
    using stream = await new ForeignStream(node().streamUrl('live'), newCallUuid()).opened()
    stream.start()
    const list = () => read(cli.sessions, ask('GET', '/services/live/sessions'))
    await expect.poll(async () => (await list()).sessions[0]?.botStartSeconds, patience).toEqual(expect.any(Number))
    const { sessionId } = (await list()).sessions[0] ?? { sessionId: '' }
    await read(cli.oneSession, ask('GET', `/services/live/sessions/${sessionId}`))
    await read(cli.terminated, ask('DELETE', `/services/live/sessions/${sessionId}`))
    await read(cli.logs, ask('GET', `/services/live/logs?limit=100&sessionId=${sessionId}`))

    await read(cli.done, ask('DELETE', `/apiKeys/${dev?.id}`))
    await read(cli.done, ask('DELETE', '/secrets/env/A'))
    for (const path of ['/secrets/env', '/secrets/hub', '/services/desk', '/services/live'])
      await read(cli.done, ask('DELETE', path))
  })

  test('a day with a private key: every path of the documented API', async () => {
    const read = node().read.bind(node())
    const ask = node().rest.bind(node())
    await read(rest.regions, ask('GET', '/regions'))
    await read(rest.properties, ask('GET', '/properties'))
    await read(rest.propertySchemas, ask('GET', '/properties/schema'))
    await read(rest.propertySchemas, ask('PATCH', '/properties', { defaultRegion: 'us-west' }))
    for (const wrong of [{ colour: 'red' }, {}, { defaultRegion: 'mars' }])
      await refused(400, ask('PATCH', '/properties', wrong))

    const secrets = [{ secretKey: 'A', secretValue: '1' }]
    await read(rest.storedSecrets, ask('PUT', '/secrets/rest-env', { secrets, region: 'us-west' }))
    const pull = { isImagePullSecret: true, host: 'https://ghcr.io', secretValue: 'YTpi' }
    await read(rest.storedSecrets, ask('PUT', '/secrets/rest-hub', pull))
    await refused(409, ask('PUT', '/secrets/rest-env', pull))
    await refused(400, ask('PUT', '/secrets/rest-env', { secrets: [] }))
    expect((await read(rest.secretSets, ask('GET', '/secrets'))).sets).toHaveLength(2)
    await read(rest.secretSet, ask('GET', '/secrets/rest-env'))
    await refused(400, ask('GET', '/secrets/rest-hub'))
    await refused(404, ask('GET', '/secrets/nothing'))

    const created = { serviceName: 'rest-desk', ...agent, secretSet: 'rest-env', imagePullSecretSet: 'rest-hub' }
    await read(rest.agent, ask('POST', '/agents', created))
    await refused(400, ask('POST', '/agents', created))
    await refused(404, ask('POST', '/agents', { ...created, serviceName: 'other', secretSet: 'nothing' }))
    await read(rest.agent, ask('GET', '/agents/rest-desk'))
    await read(rest.agent, ask('POST', '/agents/rest-desk', { image: 'me/front-desk:0.2', forceRedeploy: true }))
    expect((await read(rest.agents, ask('GET', '/agents?region=us-west'))).services).toHaveLength(1)
    await read(rest.agentsWithDeployment, ask('GET', '/agents?includeActiveDeployment=true'))
    for (const path of ['', '/logs', '/sessions']) await refused(404, ask('GET', `/agents/nobody${path}`))

    await node().addBot(
      'rest-live',
      `
      import { defineBot } from 'offhook'
      export default defineBot(async (call) => {
        console.log('hello')
        for await (const event of call) void event
      })`,
      { websocketAuth: 'none' },
    )
    using stream = await new ForeignStream(node().streamUrl('rest-live'), newCallUuid()).opened()
    stream.start()
    const list = () =>
      read(rest.sessions, ask('GET', '/agents/rest-live/sessions?limit=10&offset=0&status=active&startType=all'))
    await expect.poll(async () => (await list()).sessions[0]?.botStartSeconds, patience).toEqual(expect.any(Number))
    const { sessionId } = (await list()).sessions[0] ?? { sessionId: '' }
    await read(rest.oneSession, ask('GET', `/agents/rest-live/sessions/${sessionId}`))
    const logs = () =>
      read(rest.logs, ask('GET', `/agents/rest-live/logs?limit=10&sessionId=${sessionId}&order=asc&query=hello`))
    await expect.poll(async () => (await logs()).logs.length, patience).toBe(1)
    await read(rest.terminated, ask('DELETE', `/agents/rest-live/sessions/${sessionId}`))
    for (const id of [randomUUID(), sessionId]) await refused(404, ask('DELETE', `/agents/rest-live/sessions/${id}`))
    await refused(400, ask('GET', '/agents/rest-live/sessions/no-uuid'))

    await read(rest.builds, ask('GET', '/builds?limit=20&offset=0&status=success&region=us-west&contextHash=0'))
    await refused(404, ask('GET', `/builds/${randomUUID()}`))
    await refused(404, ask('GET', `/builds/${randomUUID()}/logs`))

    await node().addAgent('rest-token')
    const started = await read(
      rest.startedSocket,
      node().start('rest-token', { transport: 'websocket', body: { k: 1 } }),
    )
    expect(started).toMatchObject({
      wsUrl: expect.stringContaining(`/rest-token.${node().organization}`),
      body: 'eyJrIjoxfQ==',
    })

    await read(rest.ok, ask('DELETE', '/secrets/rest-env/A'))
    for (const path of [
      '/secrets/rest-env',
      '/secrets/rest-hub',
      '/agents/rest-desk',
      '/agents/rest-live',
      '/agents/rest-token',
    ]) {
      await read(rest.ok, ask('DELETE', path))
      await refused(404, ask('DELETE', path))
    }
  })
})

import { expect, test } from 'vitest'
import * as cli from './support/cli-answers.ts'
import { describeNodes } from './support/cloud-node.ts'
import { patience } from './support/patience.ts'

// Deploying as Pipecat Cloud's clients do it: statements by their numbers.

/** What `deploy` sends, as version 0.6.0 makes it. */
const payload = (serviceName: string, settings: object = {}) => ({
  serviceName,
  image: 'me/front-desk:0.1',
  autoScaling: { minAgents: 0 },
  enableKrisp: false,
  krispViva: {},
  ...settings,
})

/** The same for an agent whose code stays as it is. */
const update = (serviceName: string, settings: object = {}) => {
  const { image: _, ...others } = payload(serviceName, settings)
  return others
}

const never = 'throw new Error("this bot has no key")'

describeNodes((node) => {
  const read = (name: string) => node().read(cli.service, node().cli('GET', `/services/${name}`))
  const deploy = (method: 'POST' | 'PUT', request: object) =>
    node().read(cli.deployed, node().cli(method, '/services', request))

  test('statement 21: a new agent is 404, then can be read right after it was made', async () => {
    expect(await node().cli('GET', '/services/fresh')).toMatchObject({ status: 404, body: { code: '404' } })
    await deploy('POST', payload('fresh'))
    expect(await read('fresh')).toMatchObject({ body: { name: 'fresh' } })
  })

  test('statement 22: an update names the agent in the body', async () => {
    await deploy('POST', payload('one'))
    await deploy('POST', payload('two'))
    await deploy('PUT', payload('two', { image: 'me/front-desk:0.2' }))
    const image = async (name: string) => (await read(name)).body.deployment.manifest.spec.image
    expect([await image('one'), await image('two')]).toEqual(['me/front-desk:0.1', 'me/front-desk:0.2'])
    const unknown = await node().cli('PUT', '/services', payload('three'))
    expect(unknown).toMatchObject({ status: 404, body: { code: '404' } })
  })

  test.each(['A', 'a', '-ab', 'ab-', 'a_b', 'a.b', 'ä', '', 'a'.repeat(55)])(
    'statement 23: "%s" is no name of an agent: 400',
    async (name) => {
      const refused = { status: 400, body: { error: expect.stringContaining('serviceName') } }
      expect(await node().cli('POST', '/services', payload(name))).toMatchObject(refused)
      const rest = await node().rest('POST', '/agents', { serviceName: name, image: 'me/bot:1' })
      expect(rest).toMatchObject({ ...refused, body: { ...refused.body, code: 'GENERIC_BAD_REQUEST' } })
    },
  )

  test('statement 23: the shortest and the longest name are names', async () => {
    for (const name of ['ab', 'a'.repeat(54), '0-9']) await deploy('POST', payload(name))
  })

  test('statement 24: neither or both of image and buildId is 400', async () => {
    const { image: _, ...neither } = payload('either')
    const both = payload('either', { buildId: '11111111-1111-4111-8111-111111111111' })
    for (const request of [neither, both]) {
      const body = { error: expect.stringMatching(/image|buildId/) }
      expect(await node().cli('POST', '/services', request)).toMatchObject({ status: 400, body })
      expect(await node().rest('POST', '/agents', request)).toMatchObject({
        status: 400,
        body: { ...body, code: 'GENERIC_BAD_REQUEST' },
      })
    }
    expect(await node().cli('GET', '/services/either')).toMatchObject({ status: 404 })
  })

  test('statement 25: a new agent gets the default region, and keeps its own', async () => {
    await node().cli('PATCH', '/properties', { defaultRegion: 'eu-central' })
    await deploy('POST', payload('placed'))
    await node().cli('PATCH', '/properties', { defaultRegion: 'us-west' })
    await deploy('PUT', payload('placed', { image: 'me/front-desk:0.2' }))
    expect((await read('placed')).body.region).toBe('eu-central')
    const inEurope = await node().read(cli.services, node().cli('GET', '/services?region=eu-central'))
    expect(inEurope.services).toMatchObject([{ name: 'placed' }])
    const moved = await node().cli('PUT', '/services', payload('placed', { region: 'us-west' }))
    expect(moved).toMatchObject({ status: 400, body: { error: expect.stringContaining('cannot move') } })
  })

  test('statement 26: an update without --min-agents sets the minimum to none', async () => {
    await node().addAgent('scaled', { autoScaling: { minAgents: 2, maxAgents: 5 } })
    expect((await read('scaled')).body.autoScaling).toEqual({ minReplicas: 2, maxReplicas: 5 })
    await deploy('PUT', update('scaled'))
    expect((await read('scaled')).body.autoScaling).toEqual({ minReplicas: 0, maxReplicas: 5 })
  })

  test('statement 27: a deploy ends when what is wanted runs, or with the first error', async () => {
    await node().addAgent('sound')
    const sound = (await read('sound')).body
    expect(sound).toMatchObject({ ready: true, available: true, activeDeploymentReady: true, errors: [] })
    expect(sound.reconciledDeploymentId).toBe(sound.desiredDeploymentId)
    await node().addBot('sick', never)
    const sick = (await read('sick')).body
    expect(sick).toMatchObject({ ready: false, available: false, activeDeploymentReady: false })
    expect(sick.errors).toEqual([
      { code: 'PCC_UNKNOWN_ERROR', message: expect.stringContaining('this bot has no key') },
    ])
    expect(sick.currentRevision).toMatchObject({ phase: 'Failed', health: { ready: false, state: 'terminated' } })
    expect(sick.conditions).toContainEqual(expect.objectContaining({ type: 'Degraded', status: 'False' }))
  })

  test('statement 27: an image that cannot be run ends in a code of its own', async () => {
    await deploy('POST', payload('pictured', { image: '127.0.0.1:1/nobody/bot:1' }))
    const errors = async () => (await read('pictured')).body.errors
    await expect.poll(errors, patience).toEqual([{ code: expect.stringMatching(/^PCC_/), message: expect.any(String) }])
  })

  test('statement 28: details have every field that the command line shows', async () => {
    await node().cli('PUT', '/secrets/env', { secretKey: 'A', secretValue: '1' })
    await node().addAgent('full', {
      secretSet: 'env',
      maxSessionDuration: 600,
      websocketAuth: 'none',
      autoScaling: { minAgents: 1, maxAgents: 3 },
    })
    await deploy(
      'PUT',
      update('full', { krispViva: { audioFilter: 'tel' }, autoScaling: { minAgents: 1, maxAgents: 3 } }),
    )
    await node().open.platform.settled()
    const { body } = await read('full')
    expect(body).toMatchObject({
      name: 'full',
      region: 'us-west',
      activeSessionCount: 0,
      activeDeploymentId: body.deployment.id,
      agentProfile: 'agent-1x',
      websocketAuth: 'none',
      krispViva: { audioFilter: 'tel' },
      autoScaling: { minReplicas: 1, maxReplicas: 3 },
      deployment: {
        manifest: {
          metadata: { name: 'full', namespace: node().organization },
          spec: {
            dailyNodeType: 'arm',
            maxSessionDurationSeconds: 600,
            envFromSecretNames: ['env'],
            autoScaling: { minReplicas: 1, maxReplicas: 3 },
            resources: { cpu: '500m', memory: '1Gi' },
            krispViva: { audioFilters: 'tel' },
          },
        },
      },
      currentRevision: {
        deploymentID: body.deployment.id,
        phase: 'Active',
        health: { ready: true, state: 'running', restartCount: 0 },
      },
    })
  })

  test('statement 29: an agent scaled to none is ready and available', async () => {
    await node().addAgent('asleep', { autoScaling: { minAgents: 0 } })
    expect((await read('asleep')).body).toMatchObject({
      ready: true,
      available: true,
      autoScaling: { minReplicas: 0, maxReplicas: 50 },
    })
  })

  test('statement 30: the same again warns and deploys nothing, unless it is forced', async () => {
    await node().addAgent('same')
    const id = async () => (await read('same')).body.desiredDeploymentId
    const before = await id()
    const again = await deploy('PUT', update('same'))
    expect([again.warning, await id()]).toEqual([expect.stringContaining('forceRedeploy'), before])
    const forced = await deploy('PUT', update('same', { forceRedeploy: true }))
    expect(forced.warning).toBeUndefined()
    expect(await id()).not.toBe(before)
  })

  test('statement 31: a change of scaling alone makes no new deployment', async () => {
    await node().addAgent('growing', { autoScaling: { minAgents: 0, maxAgents: 5 } })
    const before = (await read('growing')).body
    expect(
      (await deploy('PUT', update('growing', { autoScaling: { minAgents: 1, maxAgents: 7 } }))).warning,
    ).toBeUndefined()
    await node().open.platform.settled()
    const { body } = await read('growing')
    expect(body.autoScaling).toEqual({ minReplicas: 1, maxReplicas: 7 })
    expect(body).toMatchObject({ desiredDeploymentId: before.desiredDeploymentId, ready: true, available: true })
    const { deployments } = await node().read(cli.deployments, node().cli('GET', '/services/growing/deployments'))
    expect(deployments).toHaveLength(1)
  })

  test('statement 33: deployments are listed with image, node type and times, the latest first', async () => {
    await deploy('POST', payload('listed'))
    await deploy('PUT', payload('listed', { image: 'me/front-desk:0.2' }))
    const { deployments } = await node().read(cli.deployments, node().cli('GET', '/services/listed/deployments'))
    expect(deployments.map(({ manifest }) => manifest.spec)).toMatchObject([
      { image: 'me/front-desk:0.2', dailyNodeType: 'arm' },
      { image: 'me/front-desk:0.1', dailyNodeType: 'arm' },
    ])
    expect(deployments[0]?.id).toBe((await read('listed')).body.desiredDeploymentId)
  })

  test('statement 35: the documented API shows the same agent, unwrapped, with words for codes', async () => {
    await node().addAgent('both')
    const { body } = await read('both')
    expect(await node().rest('GET', '/agents/both')).toMatchObject({ status: 200, body })
    const changed = await node().rest('POST', '/agents/both', { maxSessionDuration: 900 })
    expect(changed).toMatchObject({ status: 200, body: { name: 'both' } })
    expect((await read('both')).body.deployment.id).toBe(changed.body.deployment.id)
    const codes = {
      GENERIC_BAD_REQUEST: await node().rest('POST', '/agents/both', { maxSessionDuration: 1 }),
      NOT_FOUND: await node().rest('GET', '/agents/nobody'),
      UNAUTHORIZED: await node().send('nobody', 'GET', '/v1/agents/both'),
      CONFLICT: await node().rest('PUT', '/secrets/env', { isImagePullSecret: true, host: 'h', secretValue: 'YTpi' }),
    }
    for (const [code, reply] of Object.entries(codes)) expect([code, reply.body.code]).toEqual([code, code])
    expect((await node().rest('DELETE', '/agents/both')).body).toEqual({ status: 'OK' })
    expect(await node().cli('GET', '/services/both')).toMatchObject({ status: 404, body: { code: '404' } })
  })

  test('statement 38: activeDeploymentReady is there, and true for an agent that is ready', async () => {
    await node().addAgent('acting')
    expect((await node().rest('GET', '/agents/acting')).body).toMatchObject({
      activeDeploymentReady: true,
      ready: true,
    })
  })
})

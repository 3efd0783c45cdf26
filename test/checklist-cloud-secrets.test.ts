import { expect, test } from 'vitest'
import * as cli from './support/cli-answers.ts'
import { describeNodes } from './support/cloud-node.ts'

// Secrets as Pipecat Cloud's clients keep them: statements by their numbers.

const pull = { isImagePullSecret: true, secretValue: 'bWU6cHc=', host: 'https://index.docker.io/v1' }

describeNodes((node) => {
  const put = (set: string, secretKey: string, secretValue: string, more: object = {}) =>
    node().cli('PUT', `/secrets/${set}`, { name: set, isImagePullSecret: false, secretKey, secretValue, ...more })
  const organizationId = async () => (await node().open.store.organizations.findByName(node().organization))?.id ?? ''

  test('statement 12: one pair at a time makes one set, and a later pair keeps the others', async () => {
    expect(await node().read(cli.storedSecret, put('s', 'A', '1'))).toMatchObject({ region: 'us-west' })
    await put('s', 'B', '2')
    await put('s', 'A', '3')
    const { secrets } = await node().read(cli.secretSet, node().cli('GET', '/secrets/s'))
    expect(secrets.map(({ fieldName }) => fieldName).toSorted()).toEqual(['A', 'B'])
    expect(await node().open.store.secrets.reveal(await organizationId(), 's')).toEqual({ A: '3', B: '2' })
    const { sets } = await node().read(cli.secretSets, node().cli('GET', '/secrets'))
    expect(sets).toContainEqual({ name: 's', type: 'secret', region: 'us-west', status: 'ready' })
  })

  test('statement 13: a list of secrets is put with 202', async () => {
    const secrets = [
      { secretKey: 'A', secretValue: '1' },
      { secretKey: 'B', secretValue: '2' },
    ]
    const { status, body } = await node().rest('PUT', '/secrets/listed', { secrets })
    expect([status, body]).toEqual([202, { status: 'OK', region: 'us-west' }])
    expect((await node().rest('GET', '/secrets/listed')).body).toEqual({
      region: 'us-west',
      status: 'ready',
      secrets: [{ fieldName: 'A' }, { fieldName: 'B' }],
    })
  })

  test('statement 14: values appear in no answer, in no log, in no audit entry', async () => {
    const value = 'do-not-show-me'
    await put('hush', 'KEY', value)
    await put('hush', 'BAD KEY', value)
    await node().cli('PUT', '/secrets/hushed-pull', { ...pull, secretValue: value })
    await node().addBot('hushed', 'throw new Error("no")', { secretSet: 'hush' })
    const paths = ['/secrets', '/secrets/hush', '/secrets/hushed-pull', '/services', '/services/hushed', '/apiKeys']
    for (const path of [...paths, '/services/hushed/deployments', '/services/hushed/logs?limit=100'])
      expect((await node().cli('GET', path)).text).not.toContain(value)
    expect((await node().rest('GET', '/secrets/hush')).text).not.toContain(value)
    expect(JSON.stringify(node().log.entries)).not.toContain(value)
    const { items } = await node().open.store.audit.list(await organizationId(), {})
    expect(items.length).toBeGreaterThan(0)
    expect(JSON.stringify(items)).not.toContain(value)
  })

  test('statement 15: reading an image pull secret by name is 400 with the code "400", and a deploy takes it', async () => {
    expect(await node().read(cli.storedSecret, node().cli('PUT', '/secrets/dockerhub', pull))).toMatchObject({
      region: 'us-west',
    })
    const read = await node().cli('GET', '/secrets/dockerhub')
    expect(read).toMatchObject({ status: 400, body: { code: '400', error: expect.any(String) } })
    const { sets } = await node().read(cli.secretSets, node().cli('GET', '/secrets'))
    expect(sets).toContainEqual({ name: 'dockerhub', type: 'imagePullSecret', region: 'us-west', status: 'ready' })
    const deploy = (serviceName: string, settings: object) =>
      node().cli('POST', '/services', { serviceName, image: 'me/bot:1', autoScaling: { minAgents: 0 }, ...settings })
    expect(await deploy('pulls', { imagePullSecretSet: 'dockerhub' })).toMatchObject({ status: 200 })
    expect((await node().details('pulls')).deployment.manifest.spec.imagePullSecretName).toBe('dockerhub')
    expect(await deploy('pulls-not', { imagePullSecretSet: 'nope' })).toMatchObject({ status: 404 })
    expect(await deploy('pulls-not', { secretSet: 'dockerhub' })).toMatchObject({ status: 400 })
    expect(await node().cli('GET', '/services/pulls-not')).toMatchObject({ status: 404 })
  })

  test('statement 16: an unknown set is 404', async () => {
    expect(await node().cli('GET', '/secrets/unknown')).toMatchObject({ status: 404, body: { code: '404' } })
    expect(await node().rest('GET', '/secrets/unknown')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
  })

  test('statement 17: unset and delete answer 200 with JSON, and 404 for what is not there', async () => {
    await put('gone', 'A', '1')
    await put('gone', 'B', '1')
    const steps = [
      ['/secrets/gone/A', 200],
      ['/secrets/gone/A', 404],
      ['/secrets/gone', 200],
      ['/secrets/gone', 404],
      ['/secrets/gone/B', 404],
    ] as const
    for (const [path, expected] of steps) {
      const { status, body } = await node().cli('DELETE', path)
      expect([path, status]).toEqual([path, expected])
      expect(body).toMatchObject(expected === 200 ? { status: 'OK' } : { code: '404' })
    }
  })

  test('statement 18: a set that is not ready stops a deploy with 409, one elsewhere with 400 that names both regions', async () => {
    const { secrets } = node().open.store
    const deploy = (secretSet: string) =>
      node().cli('POST', '/services', { serviceName: 'waiting', image: 'me/bot:1', secretSet })
    await put('slow', 'A', '1')
    await put('far', 'A', '1', { region: 'eu-central' })
    await secrets.setStatus(await organizationId(), 'slow', 'pending')
    const refused = { status: 409, body: { error: expect.stringContaining("'slow' is not yet ready") } }
    expect(await deploy('slow')).toMatchObject(refused)
    await secrets.setStatus(await organizationId(), 'slow', 'failed', 'no room')
    expect(await deploy('slow')).toMatchObject({ status: 409, body: { error: expect.stringContaining('no room') } })
    const elsewhere = await deploy('far')
    expect([elsewhere.status, elsewhere.body.error]).toEqual([400, expect.stringMatching(/eu-central.*us-west/)])
    expect(await node().cli('GET', '/services/waiting')).toMatchObject({ status: 404 })
    const { sets } = await node().read(cli.secretSets, node().cli('GET', '/secrets?region=eu-central'))
    expect(sets.map(({ name }) => name)).toEqual(['far'])
  })
})

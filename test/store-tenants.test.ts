import { expect, test } from 'vitest'
import { describeStores, StorePlace } from './support/stores.ts'

const minuteMs = 60_000

describeStores((kind) => {
  test('an organization gets a name of three words and a number, without a dot', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const organization = await store.organizations.create({ verboseName: 'Default Workspace' })
    expect(organization.name).toMatch(/^[a-z]+-[a-z]+-[a-z]+-\d+$/)
    expect(await store.organizations.findByName(organization.name)).toEqual(organization)
    expect(await store.organizations.find(organization.id)).toEqual(organization)
    const renamed = await store.organizations.update(organization.id, { verboseName: 'Ours' })
    expect(renamed.verboseName).toBe('Ours')
    expect(await store.organizations.list()).toEqual([renamed])
    await expect(store.organizations.update('org', { verboseName: 'x' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('an organization can be named, but not as another one and not with a dot', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    await store.organizations.create({ verboseName: 'A', name: 'acme-1' })
    const again = store.organizations.create({ verboseName: 'B', name: 'acme-1' })
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
    const dotted = store.organizations.create({ verboseName: 'B', name: 'acme.1' })
    await expect(dotted).rejects.toMatchObject({ code: 'invalid' })
  })

  test('a deleted organization takes its keys, agents and secrets along', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const { key } = await store.keys.create(id, { type: 'public', name: 'web' })
    await store.agents.create(id, { name: 'desk', region: 'local' })
    await store.secrets.put(id, 'set', { region: 'local', values: { A: '1' } })
    await store.organizations.create({ verboseName: 'B' })
    await store.organizations.delete(id)
    expect(await store.keys.verify(key, 'public')).toBeUndefined()
    expect(await store.agents.list(id)).toEqual([])
    expect(await store.secrets.list(id)).toEqual([])
    await expect(store.organizations.delete(id)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('the last organization stays, however many are deleted at once', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const made = [1, 2, 3].map((number) => store.organizations.create({ verboseName: `O${number}` }))
    const deleted = (await Promise.all(made)).map(({ id }) => store.organizations.delete(id))
    const refused = (await Promise.allSettled(deleted)).filter(({ status }) => status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'conflict' } }])
    expect(await store.organizations.list()).toHaveLength(1)
  })

  test('users have a role in each of their organizations, and the last owner stays', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const ann = await store.users.create({ email: 'Ann@example.test', displayName: 'Ann' })
    const bob = await store.users.create({ email: 'bob@example.test' })
    await expect(store.users.create({ email: 'ann@EXAMPLE.test' })).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.users.findByEmail('ANN@example.test')).toEqual(ann)
    expect(await store.users.find(bob.id)).toEqual(bob)

    await store.users.setRole(id, ann.id, 'owner')
    await store.users.setRole(id, bob.id, 'viewer')
    expect(await store.users.roleOf(id, bob.id)).toBe('viewer')
    expect((await store.users.listMembers(id)).map(({ email, role }) => [email, role])).toEqual([
      ['ann@example.test', 'owner'],
      ['bob@example.test', 'viewer'],
    ])
    await expect(store.users.setRole(id, ann.id, 'admin')).rejects.toMatchObject({ code: 'conflict' })
    await expect(store.users.removeMember(id, ann.id)).rejects.toMatchObject({ code: 'conflict' })
    await store.users.setRole(id, bob.id, 'owner')
    await store.users.setRole(id, ann.id, 'admin')
    expect(await store.organizations.listForUser(ann.id)).toMatchObject([{ id, role: 'admin' }])
    await store.users.removeMember(id, ann.id)
    expect(await store.users.roleOf(id, ann.id)).toBeUndefined()
    await expect(store.users.removeMember(id, ann.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(store.users.setRole(id, 'nobody', 'member')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a personal access token stands for its user until it is revoked or expires', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const user = await store.users.create({ email: 'ann@example.test' })
    const { token, record } = await store.tokens.create(user.id, { name: 'laptop' })
    const short = await store.tokens.create(user.id, { name: 'guest', expiresAt: place.clock.now() + 1000 })
    expect(token).toMatch(/^pcc_pat_[\w-]{43}$/)
    expect(await store.tokens.verify(token)).toEqual({ user, tokenId: record.id })
    expect(await store.tokens.verify(`${token}x`)).toBeUndefined()
    expect(await store.tokens.verify(short.token)).toBeDefined()
    place.clock.advance(1000)
    expect(await store.tokens.verify(short.token)).toBeUndefined()

    const stranger = await store.users.create({ email: 'eve@example.test' })
    await expect(store.tokens.revoke(stranger.id, record.id)).rejects.toMatchObject({ code: 'not-found' })
    await store.tokens.revoke(user.id, record.id)
    expect(await store.tokens.verify(token)).toBeUndefined()
    expect((await store.tokens.list(user.id)).map(({ name }) => name).toSorted()).toEqual(['guest', 'laptop'])
  })

  test('a key is good for its type until it is revoked, and stays in the list', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const { key, record } = await store.keys.create(id, { type: 'public', name: 'web', createdBy: 'ann' })
    const { key: privateKey } = await store.keys.create(id, { type: 'private', name: 'server' })
    expect(key).toMatch(/^pk_[\w-]{43}$/)
    expect(privateKey).toMatch(/^sk_/)
    expect(await store.keys.verify(key, 'public')).toMatchObject({ id: record.id, organizationId: id })
    expect(await store.keys.verify(key, 'private')).toBeUndefined()
    const revoked = await store.keys.revoke(id, record.id)
    expect(await store.keys.verify(key, 'public')).toBeUndefined()
    place.clock.advance(minuteMs)
    expect((await store.keys.revoke(id, record.id)).revokedAt).toBe(revoked.revokedAt)
    expect((await store.keys.list(id, 'public')).map(({ name, revokedAt }) => [name, revokedAt])).toEqual([
      ['web', revoked.revokedAt],
    ])
    expect(await store.keys.list(id)).toHaveLength(2)
  })

  test('what the store gives and keeps of a credential does not contain it', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const user = await store.users.create({ email: 'ann@example.test' })
    const { key, record } = await store.keys.create(id, { type: 'private', name: 'server' })
    const { token, record: tokenRecord } = await store.tokens.create(user.id, { name: 'laptop' })
    const given = [record, tokenRecord, await store.keys.list(id), await store.tokens.list(user.id)]
    expect(JSON.stringify(given)).not.toContain(key)
    expect(JSON.stringify(given)).not.toContain(token)
    expect(Object.keys(record)).not.toContain('hash')
    expect(JSON.stringify(place.log.entries)).not.toMatch(/pk_|sk_|pcc_pat_/)
  })

  test('an organization has at most five live keys of a type, however many are asked for at once', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const asked = Array.from({ length: 9 }, (_, index) =>
      store.keys.create(id, { type: 'public', name: `key ${index}` }),
    )
    const answers = await Promise.allSettled(asked)
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    for (const answer of answers) {
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'limit-reached' })
    }
    await store.keys.create(id, { type: 'private', name: 'server' })
    const [first] = await store.keys.list(id, 'public')
    await store.keys.revoke(id, first?.id ?? '')
    await store.keys.create(id, { type: 'public', name: 'again' })
  })

  test('the time of last use is written at most once a minute', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const { key } = await store.keys.create(id, { type: 'public', name: 'web' })
    const user = await store.users.create({ email: 'ann@example.test' })
    const { token } = await store.tokens.create(user.id, { name: 'laptop' })
    const use = async () => {
      await store.keys.verify(key, 'public')
      await store.tokens.verify(token)
      return [(await store.keys.list(id))[0]?.lastUsedAt, (await store.tokens.list(user.id))[0]?.lastUsedAt]
    }
    const first = place.clock.now()
    expect(await use()).toEqual([first, first])
    place.clock.advance(minuteMs - 1)
    expect(await use()).toEqual([first, first])
    place.clock.advance(1)
    expect(await use()).toEqual([first + minuteMs, first + minuteMs])
  })

  test('properties belong to one organization', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const a = await store.organizations.create({ verboseName: 'A' })
    const b = await store.organizations.create({ verboseName: 'B' })
    await store.properties.set(a.id, 'defaultRegion', 'local')
    await store.properties.set(a.id, 'defaultRegion', 'cellar')
    expect(await store.properties.all(a.id)).toEqual({ defaultRegion: 'cellar' })
    expect(await store.properties.find(a.id, 'defaultRegion')).toBe('cellar')
    expect(await store.properties.all(b.id)).toEqual({})
    expect(await store.properties.delete(b.id, 'defaultRegion')).toBe(false)
    expect(await store.properties.delete(a.id, 'defaultRegion')).toBe(true)
  })

  test('there is always a region, and the operator names it', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ region: { code: 'cellar', displayName: 'The cellar' } })
    expect(await store.regions.list()).toMatchObject([{ code: 'cellar', displayName: 'The cellar' }])
    await expect(store.regions.delete('cellar')).rejects.toMatchObject({ code: 'conflict' })
    await store.regions.create({ code: 'attic', displayName: 'Attic' })
    await expect(store.regions.create({ code: 'attic', displayName: 'x' })).rejects.toMatchObject({ code: 'conflict' })
    await store.regions.update('attic', { displayName: 'The attic' })
    expect(await store.regions.find('attic')).toMatchObject({ displayName: 'The attic' })
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.agents.create(id, { name: 'desk', region: 'attic' })
    await expect(store.regions.delete('attic')).rejects.toMatchObject({ code: 'conflict' })
    await store.regions.delete('cellar')
    const again = await place.open({ region: { code: 'cellar', displayName: 'The cellar' } })
    expect((await again.regions.list()).map(({ code }) => code)).toEqual(['attic'])
  })

  test('the audit log says who did what, latest first', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.audit.add(id, { actorType: 'user', actorId: 'ann', action: 'key.create', data: { name: 'web' } })
    await store.audit.add(id, { actorType: 'system', action: 'agent.delete', targetType: 'agent', targetId: 'a' })
    await store.audit.add(null, { actorType: 'system', action: 'secrets.rotate' })
    const { items, total } = await store.audit.list(id)
    expect(total).toBe(2)
    expect(items).toMatchObject([
      { action: 'agent.delete', targetId: 'a', data: null },
      { action: 'key.create', actorId: 'ann', data: { name: 'web' } },
    ])
    expect((await store.audit.list(id, { action: 'key.create' })).total).toBe(1)
    expect((await store.audit.list(id, { actorId: 'eve' })).total).toBe(0)
    expect((await store.audit.list(id, { endTime: place.clock.now() })).total).toBe(0)
  })
})

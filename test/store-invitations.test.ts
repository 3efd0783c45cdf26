import { expect, test } from 'vitest'
import { describeStores, StorePlace } from './support/stores.ts'

describeStores((kind) => {
  async function invited(place: StorePlace, email = 'Bob@example.test') {
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const owner = await store.users.create({ email: 'ann@example.test' })
    await store.users.setRole(id, owner.id, 'owner')
    const expiresAt = place.clock.now() + 1000
    const made = await store.invitations.create(id, { email, role: 'admin', invitedBy: owner.id, expiresAt })
    return { store, id, owner, ...made }
  }

  test('an invitation makes somebody a member once, however many try at the same moment', async () => {
    await using place = await StorePlace.create(kind)
    const { store, id, token, invitation } = await invited(place)
    expect(token).toMatch(/^inv_[\w-]{43}$/)
    expect(JSON.stringify(await store.invitations.list(id))).not.toContain(token)
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () => store.invitations.accept(token, { displayName: 'Bob' })),
    )
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const members = await store.users.listMembers(id)
    expect(members).toMatchObject([
      { email: 'ann@example.test', role: 'owner' },
      { email: 'bob@example.test', displayName: 'Bob', role: 'admin' },
    ])
    expect(await store.invitations.list(id)).toMatchObject([{ id: invitation.id, acceptedAt: place.clock.now() }])
    await expect(store.invitations.revoke(id, invitation.id)).rejects.toMatchObject({ code: 'not-found' })
  })

  test('it hands out no account that is there already, and stays good', async () => {
    await using place = await StorePlace.create(kind)
    const { store, id, token } = await invited(place, 'eve@example.test')
    const eve = await store.users.create({ email: 'eve@example.test' })
    const asNew = store.invitations.accept(token, { displayName: null })
    await expect(asNew).rejects.toMatchObject({ code: 'conflict' })
    const { user } = await store.invitations.accept(token, { userId: eve.id })
    expect(user).toEqual(eve)
    expect(await store.users.roleOf(id, eve.id)).toBe('admin')
  })

  test('it changes no role of a member', async () => {
    await using place = await StorePlace.create(kind)
    const { store, id, owner, token } = await invited(place)
    await expect(store.invitations.accept(token, { userId: owner.id })).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.users.roleOf(id, owner.id)).toBe('owner')
  })

  test('it is good until it is revoked or over', async () => {
    await using place = await StorePlace.create(kind)
    const { store, id, owner, token, invitation } = await invited(place)
    const other = await store.organizations.create({ verboseName: 'B' })
    await expect(store.invitations.revoke(other.id, invitation.id)).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.invitations.list(other.id)).toEqual([])
    await store.invitations.revoke(id, invitation.id)
    await expect(store.invitations.accept(token, { displayName: null })).rejects.toMatchObject({ code: 'not-found' })
    const expiresAt = place.clock.now() + 1000
    const late = await store.invitations.create(id, {
      email: 'x@y.test',
      role: 'viewer',
      invitedBy: owner.id,
      expiresAt,
    })
    place.clock.advance(1000)
    await expect(store.invitations.accept(late.token, { displayName: null })).rejects.toMatchObject({
      code: 'not-found',
    })
    expect(await store.users.listMembers(id)).toHaveLength(1)
  })
})

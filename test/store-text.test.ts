import { expect, test } from 'vitest'
import { createFrontDesk, describeStores, StorePlace } from './support/stores.ts'

describeStores((kind) => {
  test('text with the character NUL can be looked for and kept', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId } = await createFrontDesk(store)
    expect(await store.organizations.findByName('a\0b')).toBeUndefined()
    expect(await store.agents.find(organizationId, '\0')).toBeUndefined()
    const { record } = await store.keys.create(organizationId, { type: 'public', name: 'half\0way' })
    const [kept] = await store.keys.list(organizationId)
    expect(kept?.id).toBe(record.id)
    expect(kept?.name.replace('\0', '')).toBe('halfway')
  })

  test('lists of what was at odd times are empty or whole, and no failure', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { organizationId, agentId } = await createFrontDesk(store)
    store.logs.append({ organizationId, agentId, text: 'hello' })
    await store.logs.flush()
    const total = async (range: object) => (await store.logs.list(organizationId, range)).total
    expect(await total({ startTime: -1, endTime: 8.64e15 })).toBe(1)
    expect(await total({ startTime: 8.64e15 })).toBe(0)
    expect(await total({ endTime: 0.5 })).toBe(0)
  })
})

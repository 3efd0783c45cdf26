import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeStores, StorePlace } from './support/stores.ts'

const [oldKey, newKey] = ['a'.repeat(64), 'b'.repeat(64)]

describeStores((kind) => {
  test('a public key can be shown again, a private one never, and neither is in a backup', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const { id: other } = await store.organizations.create({ verboseName: 'B' })
    const open = await store.keys.create(id, { type: 'public', name: 'web' })
    const hidden = await store.keys.create(id, { type: 'private', name: 'server' })
    expect(await store.keys.revealPublic(id)).toEqual(new Map([[open.record.id, open.key]]))
    expect(await store.keys.revealPublic(other)).toEqual(new Map())
    const path = join(place.location.folder, 'backup.jsonl')
    await store.backUp(path)
    const backup = await readFile(path, 'utf8')
    expect(backup).toContain(open.record.id)
    expect(backup).not.toContain(open.key)
    expect(backup).not.toContain(hidden.key)
  })

  test('a key that was made before public keys were kept is missing, and works', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const { key, record } = await store.keys.create(id, { type: 'public', name: 'old' })
    await store.strongbox.delete(id, `api-key/${record.id}`)
    expect(await store.keys.revealPublic(id)).toEqual(new Map())
    expect(await store.keys.verify(key, 'public')).toMatchObject({ id: record.id })
  })

  test('a new key seals what is in the strongbox anew, and a wrong key is noticed at the start', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ secretKey: oldKey })
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.strongbox.put(id, 'one', 'first')
    await store.strongbox.put(id, 'one', 'second')
    await expect(place.open({ secretKey: newKey })).rejects.toMatchObject({ code: 'wrong-secret-key' })
    await place.open({ secretKey: `${newKey},${oldKey}` })
    const after = await place.open({ secretKey: newKey })
    expect(await after.strongbox.read(id, 'one')).toBe('second')
    expect(await after.strongbox.read(id, 'two')).toBeUndefined()
  })

  test('what is in the strongbox goes with its organization', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ secretKey: oldKey })
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.strongbox.put(id, 'one', 'first')
    await store.organizations.create({ verboseName: 'B' })
    await store.organizations.delete(id)
    await place.open({ secretKey: newKey })
  })
})

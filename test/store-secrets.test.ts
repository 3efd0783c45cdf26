import { readFile, rename, stat, chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeStores, StorePlace } from './support/stores.ts'

const keyA = 'a'.repeat(64)
const keyB = 'b'.repeat(64)

describeStores((kind) => {
  test('a set keeps the values that a later one does not name', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.secrets.put(id, 's', { region: 'local', values: { A: '1', B: '2' } })
    await store.secrets.put(id, 's', { region: 'local', values: { B: 'zwei', C: '' } })
    expect(await store.secrets.find(id, 's')).toMatchObject({ keys: ['A', 'B', 'C'], status: 'ready', type: 'secret' })
    expect(await store.secrets.reveal(id, 's')).toEqual({ A: '1', B: 'zwei', C: '' })
    expect(await store.secrets.deleteKey(id, 's', 'A')).toBe(true)
    expect(await store.secrets.deleteKey(id, 's', 'A')).toBe(false)
    expect(await store.secrets.setStatus(id, 's', 'failed', 'no')).toMatchObject({
      status: 'failed',
      errorMessage: 'no',
    })
    expect((await store.secrets.list(id)).map(({ name }) => name)).toEqual(['s'])
    expect(await store.secrets.list(id, { region: 'attic' })).toEqual([])
    expect(await store.secrets.delete(id, 's')).toBe(true)
    expect(await store.secrets.delete(id, 's')).toBe(false)
    await expect(store.secrets.reveal(id, 's')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a name is either a set or an image pull secret, in one region', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const pull = { region: 'local', host: 'https://index.docker.io/', value: 'dXNlcjp0b2tlbg==' }
    await store.secrets.putImagePull(id, 'pull', pull)
    await store.secrets.put(id, 's', { region: 'local', values: { A: '1' } })
    expect(await store.secrets.revealImagePull(id, 'pull')).toEqual({ host: pull.host, value: pull.value })
    expect(await store.secrets.find(id, 'pull')).toMatchObject({ type: 'imagePullSecret', keys: [] })
    await expect(store.secrets.reveal(id, 'pull')).rejects.toMatchObject({ code: 'not-found' })
    await expect(store.secrets.revealImagePull(id, 's')).rejects.toMatchObject({ code: 'not-found' })
    const asSet = store.secrets.put(id, 'pull', { region: 'local', values: {} })
    await expect(asSet).rejects.toMatchObject({ code: 'conflict' })
    await expect(store.secrets.putImagePull(id, 's', pull)).rejects.toMatchObject({ code: 'conflict' })
    const elsewhere = store.secrets.put(id, 's', { region: 'attic', values: {} })
    await expect(elsewhere).rejects.toThrow('"s" is in the region "local", not in "attic"')
  })

  test('no value stands in the database as it is, nor in the log', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const values = { PASSWORD: 'correct horse', AGAIN: 'correct horse' }
    await store.secrets.put(id, 's', { region: 'local', values })
    const backup = join(place.location.folder, 'backup.jsonl')
    await store.backUp(backup)
    const text = await readFile(backup, 'utf8')
    expect(text).toContain('PASSWORD')
    expect(text).not.toContain('correct horse')
    expect(text).not.toContain(Buffer.from('correct horse').toString('base64').slice(0, 12))
    const sealed = [...text.matchAll(/"sealed":"([^"]+)"/g)].map(([, value]) => value)
    expect(new Set(sealed).size).toBe(2)
    expect(JSON.stringify(place.log.entries)).not.toContain('correct horse')
  })

  test('without OFFHOOK_SECRET_KEY a key file is made that only its owner can read', async () => {
    await using place = await StorePlace.create(kind)
    await place.open()
    const path = join(place.location.folder, 'secret.key')
    const made = await readFile(path, 'utf8')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await chmod(path, 0o644)
    await place.open()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(place.log.all(/mode is 0600/)).toHaveLength(1)
    expect(await readFile(path, 'utf8')).toBe(made)
  })

  test('a wrong key is told at start, with the name of the setting', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ secretKey: keyA })
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.secrets.put(id, 's', { region: 'local', values: { A: '1' } })
    const wrong = place.open({ secretKey: keyB })
    await expect(wrong).rejects.toMatchObject({
      code: 'wrong-secret-key',
      message: expect.stringContaining('OFFHOOK_SECRET_KEY') as string,
    })
    const none = place.open({ secretKey: 'too short' })
    await expect(none).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(/32 bytes/) as string })
    const again = await place.open({ secretKey: keyA })
    expect(await again.secrets.reveal(id, 's')).toEqual({ A: '1' })
  })

  test('a key file that was lost is told at start, and no other is made in its place', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.secrets.put(id, 's', { region: 'local', values: { A: '1' } })
    const path = join(place.location.folder, 'secret.key')
    await rename(path, `${path}.lost`)
    await expect(place.open()).rejects.toMatchObject({
      code: 'wrong-secret-key',
      message: expect.stringContaining('put the file secret.key back') as string,
    })
    await rename(`${path}.lost`, path)
    expect(await (await place.open()).secrets.reveal(id, 's')).toEqual({ A: '1' })
    expect(place.log.all(/a key for secrets was made/)).toHaveLength(1)
  })

  test('the first start with a new key in front seals everything with it, and the old one can go', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open({ secretKey: keyA })
    const { id } = await store.organizations.create({ verboseName: 'A' })
    const many = Object.fromEntries(Array.from({ length: 230 }, (_, index) => [`K${index}`, `value ${index}`]))
    await store.secrets.put(id, 's', { region: 'local', values: many })
    const { key, record } = await store.keys.create(id, { type: 'public', name: 'site' })

    const both = await place.open({ secretKey: `${keyB},${keyA}` })
    expect(place.log.all(/sealed with the current key/)).toMatchObject([{ fields: { values: 231 } }])
    expect(await both.secrets.reveal(id, 's')).toEqual(many)
    await place.open({ secretKey: `${keyB},${keyA}` })
    expect(place.log.all(/sealed with the current key/)).toHaveLength(1)

    await expect(place.open({ secretKey: keyA })).rejects.toMatchObject({ code: 'wrong-secret-key' })
    const after = await place.open({ secretKey: keyB })
    expect(await after.secrets.reveal(id, 's')).toEqual(many)
    expect(await after.keys.revealPublic(id)).toEqual(new Map([[record.id, key]]))
  })

  test('a new key in front of the one in the key file does the same', async () => {
    await using place = await StorePlace.create(kind)
    const store = await place.open()
    const path = join(place.location.folder, 'secret.key')
    const old = await readFile(path, 'utf8')
    const { id } = await store.organizations.create({ verboseName: 'A' })
    await store.secrets.put(id, 's', { region: 'local', values: { A: '1' } })
    await writeFile(path, `${keyB}\n${old}`)
    await place.open()
    await writeFile(path, keyB)
    const again = await place.open()
    expect(await again.secrets.reveal(id, 's')).toEqual({ A: '1' })
    await writeFile(path, old)
    await expect(place.open()).rejects.toMatchObject({ code: 'wrong-secret-key' })
  })
})

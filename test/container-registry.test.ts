/** Private images, from a registry that a real engine asks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botImage, engineForTests, hasEngine } from './support/engine.ts'
import { deployImage, heardTone, talk, withImages } from './support/image-platform.ts'
import type { TestPlatform } from './support/platform.ts'
import { basic, TinyRegistry } from './support/tiny-registry.ts'

const ann = { username: 'ann', password: 'her:secret' }
const encoded = (username: string, password: string) => Buffer.from(`${username}:${password}`).toString('base64')

/** As `pcc secrets image-pull-secret`. */
const keepPullSecret = (platform: TestPlatform, name: string, host: string, password = ann.password) =>
  platform.ask('PUT', `/v1/organizations/${platform.organization}/secrets/${name}`, {
    isImagePullSecret: true,
    secretValue: encoded(ann.username, password),
    host,
  })

describe.skipIf(!hasEngine)('a private image', () => {
  let registry: TinyRegistry
  beforeAll(async () => {
    registry = await TinyRegistry.start(await botImage(), ann)
  }, 120_000)
  afterAll(async () => {
    await engineForTests()
      .getImage(registry.image)
      .remove({ force: true })
      .catch(() => undefined)
    await registry[Symbol.asyncDispose]()
  })

  test('is refused to whoever has no secret, a wrong one, or one for another registry, which this one is not shown', () =>
    withImages(async (platform) => {
      await keepPullSecret(platform, 'wrong', registry.host, 'a guess')
      await keepPullSecret(platform, 'elsewhere', 'ghcr.io', 'for ghcr only')
      const errorsWith = async (imagePullSecretSet: string | undefined, name: string) =>
        (await deployImage(platform, { image: registry.image, imagePullSecretSet }, name))['errors']
      const refused = (hint: RegExp) => [
        { code: 'PCC_IMAGE_PULL_UNAUTHORIZED', message: expect.stringMatching(hint) as string },
      ]
      expect(await errorsWith(undefined, 'without')).toEqual(refused(/needs an image pull secret/))
      expect(await errorsWith('wrong', 'guessing')).toEqual(refused(/Check the image pull secret for 127\.0\.0\.1/))
      expect(await errorsWith('elsewhere', 'other')).toEqual(refused(/is for ghcr\.io, the image is in 127\.0\.0\.1/))
      expect(new Set(registry.shown)).toEqual(new Set([basic(ann.username, 'a guess')]))
    }))

  test('is pulled with the secret of its registry, and answers calls', () =>
    withImages(async (platform) => {
      await keepPullSecret(platform, 'hub', `http://${registry.host}`)
      const details = await deployImage(platform, { image: registry.image, imagePullSecretSet: 'hub' })
      expect(details).toMatchObject({ ready: true, errors: [] })
      expect(registry.shown).toContain(basic(ann.username, ann.password))
      expect(heardTone(await platform.call('desk', talk).ended)).toBe(true)
      // What one organization may pull is there for no other, though this machine has it now.
      const unpaid = await deployImage(platform, { image: registry.image }, 'unpaid')
      expect(unpaid['errors']).toMatchObject([{ code: 'PCC_IMAGE_PULL_UNAUTHORIZED' }])
    }))
})

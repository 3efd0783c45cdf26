import type { BotCode } from '../runtime/bot-code.ts'
import type { Containers } from '../runtime/containers/containers.ts'
import { NoEngineError } from '../runtime/containers/engine-address.ts'
import { ImageError } from '../runtime/containers/image-error.ts'
import { profileOf } from '../runtime/profile.ts'
import type { Store, Version } from '../store/store.ts'
import { UnrunnableVersionError } from './unrunnable-version.ts'

export interface ImagePlace {
  readonly store: Store
  /** Absent: this node runs none. */
  readonly containers?: Containers | undefined
  /** Service host of the version's agent. */
  readonly agent: string
}

/** A version's image, pulled and checked. Rejects with an `UnrunnableVersionError`. */
export async function imageCode(
  { id: versionId, organizationId, spec }: Version,
  { image: reference, buildId }: Extract<Version['spec']['source'], { type: 'image' }>,
  { store, containers, agent }: ImagePlace,
): Promise<BotCode> {
  if (!containers) throw new UnrunnableVersionError('PCC_IMAGE_PULL_UNKNOWN_ERROR', 'this node runs no images')
  const { imagePullSecretSet, profile } = spec
  const pullSecret =
    imagePullSecretSet === undefined
      ? undefined
      : await store.secrets.revealImagePull(organizationId, imagePullSecretSet)
  try {
    const image = await containers.prepare({ reference, versionId, organizationId, pullSecret })
    const labels = { 'offhook.agent': agent, 'offhook.version': versionId }
    return { kind: 'image', image, profile: profileOf(profile), labels }
  } catch (error) {
    if (error instanceof ImageError && error.code === 'PCC_IMAGE_NOT_FOUND' && buildId !== undefined) {
      // Or the next deployment of the same context would find it built already.
      await store.builds.update(organizationId, buildId, { status: 'failed', errorMessage: error.message })
    }
    if (error instanceof ImageError) throw new UnrunnableVersionError(error.code, error.message)
    if (error instanceof NoEngineError) throw new UnrunnableVersionError('PCC_IMAGE_PULL_UNKNOWN_ERROR', error.message)
    throw error
  }
}

import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { BotCode } from '../runtime/bot-code.ts'
import type { Store, Version } from '../store/store.ts'

/** A version that this node cannot run. The message is for the person who deployed it. */
export class UnrunnableVersionError extends Error {
  override readonly name = 'UnrunnableVersionError'
  /** As Pipecat Cloud's tools know it. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * What a version runs, ready to be started: an SDK bot's files are put in a folder of the version's own, once.
 * Rejects with an `UnrunnableVersionError`.
 */
export async function codeOf(version: Version, store: Store, folder: string): Promise<BotCode> {
  const { source } = version.spec
  switch (source.type) {
    case 'url':
      return { kind: 'url', url: source.url }
    case 'module': {
      const files = await store.versions.files(version.organizationId, version.id)
      const place = await unpack(join(folder, version.id), files)
      return { kind: 'bundle', path: join(place, source.entry), workingDirectory: place }
    }
    case 'image':
      throw new UnrunnableVersionError('PCC_IMAGE_PULL_UNKNOWN_ERROR', 'this node does not run images yet')
    case 'command':
      throw new UnrunnableVersionError('PCC_UNKNOWN_ERROR', 'this node does not run commands yet')
  }
}

async function unpack(place: string, files: Awaited<ReturnType<Store['versions']['files']>>): Promise<string> {
  // Versions never change, but a node may have died while it unpacked one.
  const unfinished = `${place}.part`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o700 })
  for (const { path, content } of files) {
    const target = resolve(unfinished, path)
    if (!target.startsWith(unfinished + sep))
      throw new UnrunnableVersionError('PCC_UNKNOWN_ERROR', `${path} leads elsewhere`)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content)
  }
  await rm(place, { recursive: true, force: true })
  await rename(unfinished, place)
  return place
}

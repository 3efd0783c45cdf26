import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { BotCode } from '../runtime/bot-code.ts'
import type { Store, Version } from '../store/store.ts'
import { imageCode, type ImagePlace } from './image-code.ts'
import { UnrunnableVersionError } from './unrunnable-version.ts'

interface VersionPlace extends ImagePlace {
  /** For the files of versions. */
  readonly folder: string
  readonly bots: readonly BotKind[]
}

/** What a node may be allowed to run: `commands`. */
export type BotKind = `${Version['spec']['source']['type']}s`

/**
 * What a version runs, ready to be started: an SDK bot's files are put in a folder of the version's own, once.
 * Rejects with an `UnrunnableVersionError`.
 */
export async function codeOf(version: Version, place: VersionPlace): Promise<BotCode> {
  const { store, folder, bots } = place
  const { source } = version.spec
  const kind = `${source.type}s` as const
  if (!bots.includes(kind)) {
    const fix = `its operator allows ${bots.join(', ')} (OFFHOOK_BOTS)`
    throw new UnrunnableVersionError('PCC_UNKNOWN_ERROR', `this node runs no ${kind}: ${fix}`)
  }
  switch (source.type) {
    case 'url':
      return { kind: 'url', url: source.url }
    case 'module': {
      const files = await store.versions.files(version.organizationId, version.id)
      const workingDirectory = await unpack(join(folder, version.id), files)
      return { kind: 'bundle', path: join(workingDirectory, source.entry), workingDirectory }
    }
    case 'image':
      return imageCode(version, source, place)
    case 'command': {
      const files = await store.versions.files(version.organizationId, version.id)
      const workingDirectory = await unpack(join(folder, version.id), files)
      return { kind: 'command', command: source.command, workingDirectory }
    }
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
    await writeFile(target, content, { mode: isProgram(content) ? 0o700 : 0o600 })
  }
  await rm(place, { recursive: true, force: true })
  await rename(unfinished, place)
  return place
}

/** `#!` and ELF. */
const programStarts = ['#!', '\x7fELF']

/** A version keeps no modes. */
const isProgram = (content: Uint8Array): boolean =>
  programStarts.some((start) => Buffer.from(content.subarray(0, start.length)).toString('latin1') === start)

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import type { BotCode } from '../runtime/bot-code.ts'
import type { Version } from '../store/store.ts'
import { imageCode, type ImagePlace } from './image-code.ts'
import { UnrunnableVersionError } from './unrunnable-version.ts'
import type { VersionFolders } from './version-folders.ts'

interface VersionPlace extends ImagePlace {
  readonly folders: VersionFolders
  readonly bots: readonly BotKind[]
}

/** What a node may be allowed to run: `commands`. */
export type BotKind = `${Version['spec']['source']['type']}s`

/**
 * What a version, whose folder is held, runs, ready to be started: a bot's files are put there.
 * Rejects with an `UnrunnableVersionError`.
 */
export async function codeOf(version: Version, place: VersionPlace): Promise<BotCode> {
  const { bots } = place
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
      const workingDirectory = await unpack(version, place)
      return { kind: 'bundle', path: join(workingDirectory, source.entry), workingDirectory }
    }
    case 'image':
      return imageCode(version, source, place)
    case 'command': {
      const workingDirectory = await unpack(version, place)
      return { kind: 'command', command: source.command, workingDirectory }
    }
  }
}

const unpack = ({ id, organizationId }: Version, { store, folders }: VersionPlace): Promise<string> =>
  folders.fill(id, async (folder) => {
    for (const { path, content } of await store.versions.files(organizationId, id)) {
      const target = resolve(folder, path)
      if (!target.startsWith(folder + sep))
        throw new UnrunnableVersionError('PCC_UNKNOWN_ERROR', `${path} leads elsewhere`)
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content, { mode: isProgram(content) ? 0o700 : 0o600 })
    }
  })

/** `#!` and ELF. */
const programStarts = ['#!', '\x7fELF']

/** A version keeps no modes. */
const isProgram = (content: Uint8Array): boolean =>
  programStarts.some((start) => Buffer.from(content.subarray(0, start.length)).toString('latin1') === start)

import { createHash } from 'node:crypto'
import type { VersionFile, VersionSpec } from '../../store/version.ts'
import { badRequest } from '../api-error.ts'
import type { DeployBotRequest } from '../contract/bots.ts'

/** What a version runs that needs no image. */
export interface BotCode {
  readonly source: Extract<VersionSpec['source'], { type: 'module' | 'url' | 'command' }>
  readonly files: readonly VersionFile[]
  /** Says whether two versions have the same files. */
  readonly contentHash: string
}

export function botCode({ source, files }: DeployBotRequest): BotCode {
  const paths = files.map(({ path }) => path)
  const twice = paths.find((path, at) => paths.indexOf(path) !== at)
  if (twice !== undefined) throw badRequest(`files: ${twice} is there twice.`)
  if (source.type === 'url' && files.length > 0)
    throw badRequest('files belong to a module or a command: a url has none.')
  if (source.type === 'module' && !paths.includes(source.entry))
    throw badRequest(`source.entry: ${source.entry} is none of the files.`)
  if (source.type === 'command' && source.command[0] === '') throw badRequest('source.command names no program.')
  const contents = files.map(({ path, content }) => ({ path, content: Buffer.from(content, 'base64') }))
  return { source, files: contents, contentHash: hashOf(contents) }
}

function hashOf(files: readonly VersionFile[]): string {
  const hash = createHash('sha256')
  for (const { path, content } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

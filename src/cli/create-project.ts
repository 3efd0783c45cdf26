import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { UsageError } from './describe-error.ts'
import { isCheckout, packageFolder, packageVersion } from './package-files.ts'
import type { ProjectTemplate } from './project-templates.ts'

interface ProjectOptions {
  /** Absolute; made when it is not there. */
  readonly folder: string
  /** Of the agent. */
  readonly name: string
  readonly template: ProjectTemplate
}

/** Only what lies here has blanks to fill in. */
const templates = join(packageFolder, 'templates')

/** Writes a project's files, and tells their paths. Throws a `UsageError`, before it writes any, when one is there already. */
export async function createProject({ folder, name, template }: ProjectOptions): Promise<readonly string[]> {
  const files = await filesOf(template)
  const taken = [...files.keys()].filter((path) => existsSync(join(folder, path)))
  if (taken.length > 0) {
    const what = `${folder} has ${taken.join(', ')} already`
    throw new UsageError(`${what}: nothing was written. Give a folder that is not there, or an empty one`)
  }
  const values: Readonly<Record<string, string>> = { name, offhook: dependency(folder) }
  for (const [path, source] of files) {
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    const content = await readFile(source)
    await writeFile(target, source.startsWith(templates) ? filled(content, values) : content, { flag: 'wx' })
  }
  return [...files.keys()]
}

/** Paths in the project, and the files of this package that go there. */
async function filesOf(template: ProjectTemplate): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const [from, to] of Object.entries(template.files)) {
    const source = join(packageFolder, from)
    if (!(await stat(source)).isDirectory()) {
      files.set(to, source)
      continue
    }
    for (const item of await readdir(source, { withFileTypes: true, recursive: true })) {
      const path = join(item.parentPath, item.name)
      if (item.isFile()) files.set(join(to, relative(source, path)), path)
    }
  }
  return new Map([...files].toSorted(([a], [b]) => a.localeCompare(b)))
}

/** A checkout is depended on where it lies: what it has may not be published. */
function dependency(folder: string): string {
  return isCheckout ? `file:${relative(folder, packageFolder) || '.'}` : `^${packageVersion()}`
}

/** Text with `{{name}}` replaced. */
const filled = (content: Buffer, values: Readonly<Record<string, string>>): string =>
  content.toString().replaceAll(/\{\{(\w+)\}\}/g, (whole, key: string) => values[key] ?? whole)

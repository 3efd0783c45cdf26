/** What never belongs to a deployed folder: what is installed or made from the rest, the past, and secrets. */
const always = ['.git/', '.offhook/', '.DS_Store', '*.pyc', '__pycache__/', '.env', '.env.*']
const usual = [
  '.venv/',
  'venv/',
  'node_modules/',
  '.mypy_cache/',
  '.pytest_cache/',
  '.ruff_cache/',
  '.idea/',
  '.vscode/',
]

interface Rule {
  readonly pattern: RegExp
  readonly foldersOnly: boolean
  readonly ignores: boolean
}

/** Which files of a folder stay at home: the usual ones, and what a text in the manner of `.gitignore` says. */
export class IgnoreRules {
  readonly #rules: readonly Rule[]

  constructor(text = '') {
    const lines = text.split(/\r?\n/).map((line) => line.trimEnd())
    const own = lines.filter((line) => line !== '' && !line.startsWith('#'))
    this.#rules = [...usual, ...own, ...always].map(toRule)
  }

  /** `path` is relative to the folder, with forward slashes. The last rule that fits decides. */
  ignores(path: string, isFolder: boolean): boolean {
    return (
      this.#rules.findLast(({ pattern, foldersOnly }) => (isFolder || !foldersOnly) && pattern.test(path))?.ignores ??
      false
    )
  }
}

function toRule(line: string): Rule {
  const ignores = !line.startsWith('!')
  const text = line.replace(/^!/, '')
  const foldersOnly = text.endsWith('/')
  const path = text.replace(/\/$/, '')
  // With a slash in front or within it is a path from the folder's root, else a name anywhere.
  const from = path.includes('/') ? '^' : '(?:^|.*/)'
  return { pattern: new RegExp(`${from}${toSource(path.replace(/^\//, ''))}$`), foldersOnly, ignores }
}

const wildcards: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '/**': '/.*',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
}

const toSource = (glob: string): string =>
  glob.replaceAll(/\*\*\/|\/\*\*$|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (found) => wildcards[found] ?? `\\${found}`)

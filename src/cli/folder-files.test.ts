import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TemporaryFolder } from '../../test/support/temporary-folder.ts'
import { collectFolder } from './folder-files.ts'

async function folderOf(files: Readonly<Record<string, string>>): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.create()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true })
    await writeFile(join(folder.path, path), content)
  }
  return folder
}

describe('the files of a command', () => {
  test('are those of its folder, but for the ones that .offhookignore names', async () => {
    await using folder = await folderOf({
      'bot.py': 'print()',
      'prompts/hello.wav': 'x',
      'notes.md': 'no',
      '.env': 'no',
      '.venv/bin/python': 'no',
      '.offhookignore': '*.md',
    })
    const files = await collectFolder(folder.path)
    expect(files.map(({ path, content }) => [path, content.toString()])).toEqual([
      ['bot.py', 'print()'],
      ['prompts/hello.wav', 'x'],
    ])
  })

  test('are refused when they are too large, before they are read, and the largest is named', async () => {
    await using folder = await folderOf({ 'bot.py': '', 'models/a.bin': '' })
    await truncate(join(folder.path, 'models/a.bin'), 50 * 1024 * 1024)
    await expect(collectFolder(folder.path)).rejects.toThrow(
      /has 50\.0 MB, and at most 40\.0 MB.*models \(50\.0 MB\).*\.offhookignore/,
    )
  })

  test('are refused when they are too many', async () => {
    await using folder = await folderOf({})
    await Promise.all(Array.from({ length: 1001 }, (_, at) => writeFile(join(folder.path, `${at}`), '')))
    await expect(collectFolder(folder.path)).rejects.toThrow('more than 1000 files')
  })
})

import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TemporaryFolder } from '../../test/support/temporary-folder.ts'
import { collectBotFiles } from './bot-files.ts'

const source = `import { defineBot } from 'offhook'\nexport default defineBot(async (call) => { await call.play('./a.wav') })\n`

async function project(files: Readonly<Record<string, string>>): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.create()
  for (const [path, content] of Object.entries({ 'bot.ts': source, ...files })) {
    await mkdir(join(folder.path, path, '..'), { recursive: true })
    await writeFile(join(folder.path, path), content)
  }
  return folder
}

describe('the files of a bot', () => {
  test('are its bundle, and the sound and data of its folder', async () => {
    await using folder = await project({
      'a.wav': 'a',
      'deep/er/B.MP3': 'b',
      'menu.json': '{}',
      'words.txt': 'c',
      'notes.md': 'no',
      'other.ts': 'no',
      '.env': 'no',
      '.secret.json': 'no',
      '.git/data.json': 'no',
      'node_modules/x/package.json': 'no',
    })
    const { entry, files } = await collectBotFiles(join(folder.path, 'bot.ts'))
    expect(entry).toBe('bot.mjs')
    const paths = 'bot.mjs bot.mjs.map a.wav deep/er/B.MP3 menu.json words.txt'.split(' ')
    expect(files.map(({ path }) => path)).toEqual(paths)
    expect(files.at(-1)?.content.toString()).toBe('c')
  })

  test('are the same each time, whatever folder they were bundled in', async () => {
    await using folder = await project({})
    const path = join(folder.path, 'bot.ts')
    expect(await collectBotFiles(path)).toEqual(await collectBotFiles(path))
  })

  test('errors name the files of the author, not a folder of the bundling machine', async () => {
    await using folder = await project({})
    const { files } = await collectBotFiles(join(folder.path, 'bot.ts'))
    const map: unknown = JSON.parse(files[1]?.content.toString() ?? '')
    expect(map).toMatchObject({ sources: expect.arrayContaining(['bot.ts']) })
    expect(JSON.stringify(map)).not.toContain('offhook-deploy-')
  })

  test('are refused when they are too large, before they are read', async () => {
    await using folder = await project({ 'long.wav': '' })
    await truncate(join(folder.path, 'long.wav'), 41 * 1024 * 1024)
    await expect(collectBotFiles(join(folder.path, 'bot.ts'))).rejects.toThrow(/more than 40\.0 MB.*folder of its own/)
  })

  test('are refused when they are too many', async () => {
    await using folder = await project({})
    await Promise.all(Array.from({ length: 1000 }, (_, at) => writeFile(join(folder.path, `${at}.txt`), '')))
    await expect(collectBotFiles(join(folder.path, 'bot.ts'))).rejects.toThrow(/more than 1000 files/)
  })

  test('a bot file that is not there is named', async () => {
    await expect(collectBotFiles('nowhere/bot.ts')).rejects.toThrow('there is no bot file nowhere/bot.ts')
  })
})

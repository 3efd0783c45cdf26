import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { projectTemplates } from '../src/cli/project-templates.ts'
import { readProjectFile } from '../src/cli/project-file.ts'
import { offhook } from './support/offhook-command.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** A test runner in a test runner is told so, and says nothing. */
const { NODE_TEST_CONTEXT: _context, ...outsideOfVitest } = process.env

describe('offhook init', () => {
  test.each(Object.keys(projectTemplates))(
    '%s: every blank is filled in, and the agent has the name of its folder',
    async (template) => {
      await using folder = await TemporaryFolder.create()
      const project = join(folder.path, 'Night Desk')
      const { code, stdout, stderr } = await offhook(['init', project, '--template', template, '--json'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const { name, files } = JSON.parse(stdout) as { name: string; files: string[] }
      expect(name).toBe('night-desk')
      const written = await readdir(project, { recursive: true, withFileTypes: true })
      expect(written.filter((item) => item.isFile())).toHaveLength(files.length)
      for (const file of files.filter((path) => !path.endsWith('.wav'))) {
        expect(await readFile(join(project, file), 'utf8'), file).not.toMatch(/\{\{\w+\}\}/)
      }
      expect(await readProjectFile(join(project, 'offhook.toml'))).toMatchObject({ name: 'night-desk' })
      expect(files).toEqual(expect.arrayContaining(['.gitignore', 'README.md', 'offhook.toml']))
    },
  )

  test('copies sound byte for byte', async () => {
    await using folder = await TemporaryFolder.create()
    await offhook(['init', join(folder.path, 'desk')])
    for (const name of await readdir('examples/prompts')) {
      const copy = await readFile(join(folder.path, 'desk', 'prompts', name))
      expect(copy.equals(await readFile(join('examples/prompts', name))), name).toBe(true)
    }
  })

  test('writes over nothing: when one file is there already, none is written', async () => {
    await using folder = await TemporaryFolder.create()
    const project = join(folder.path, 'desk')
    await mkdir(project)
    await writeFile(join(project, 'bot.ts'), '// mine')
    const { code, stdout, stderr } = await offhook(['init', project])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('has bot.ts already')
    expect(await readdir(project)).toEqual(['bot.ts'])
    expect(await readFile(join(project, 'bot.ts'), 'utf8')).toBe('// mine')
  })

  test.each([
    [['desk', '--template', 'cobol'], /front-desk, echo, python, pipecat, websocket/],
    [['???'], /use letters and digits/],
    [['desk', 'another'], /too many arguments/],
  ] as const)('%j is refused with 2', async (args, message) => {
    const { code, stdout, stderr } = await offhook(['init', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(existsSync('desk')).toBe(false)
  })

  test.each(['echo', 'front-desk'])("%s: the project's own test passes", async (template) => {
    await using folder = await TemporaryFolder.create()
    const project = join(folder.path, 'desk')
    await offhook(['init', project, '--template', template])
    // As `npm install` links a checkout; its compiled form is test/package.test.ts's.
    const modules = join(project, 'node_modules', 'offhook')
    await mkdir(modules, { recursive: true })
    const source = { exports: { '.': './src/sdk/index.ts', './testing': './src/testing/index.ts' }, type: 'module' }
    await writeFile(join(modules, 'package.json'), JSON.stringify(source))
    await symlink(resolve('src'), join(modules, 'src'))
    // Rejects when a test fails.
    const { stdout } = await promisify(execFile)(process.execPath, ['--test'], { cwd: project, env: outsideOfVitest })
    expect(stdout).toMatch(/pass 1\b/)
  })
})

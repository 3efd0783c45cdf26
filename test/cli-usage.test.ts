import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { offhook } from './support/offhook-command.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** Somebody new, in an empty folder. */
async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  await using folder = await TemporaryFolder.create()
  const nobody = { OFFHOOK_URL: undefined, OFFHOOK_TOKEN: undefined, OFFHOOK_HOME: undefined, npm_command: undefined }
  const environment = { ...nobody, OFFHOOK_CREDENTIALS: join(folder.path, 'credentials.json'), ...more }
  const result = await offhook(args, { cwd: folder.path, environment })
  return { ...result, leaves: existsSync(join(folder.path, '.offhook')) }
}

describe('a command that is not used as it should be exits with 2, and one that cannot be done with 1', () => {
  test.each([
    [[], 2, /Usage: offhook/],
    [['nonsense'], 2, /unknown command 'nonsense'/],
    [['dev'], 2, /give a bot file/],
    [['dev', '--nope'], 2, /unknown option '--nope'/],
    [['serve', '--port', 'x'], 2, /PORT must be a whole number/],
    [['dial', '--seconds', 'x'], 2, /seconds/],
    [['dial'], 1, /no node is running/],
    [['backup'], 2, /missing required argument 'file'/],
    [['backup', 'file'], 1, /has no database: set OFFHOOK_HOME/],
    [['restore', '.'], 1, /\. is a folder: name the file of a backup/],
    [['restore', 'nowhere'], 1, /no such file.*nowhere/],
    [['agent', 'nonsense'], 2, /unknown command/],
    [['agent', 'list'], 1, /you are not logged in: run offhook auth login/],
    [['deploy'], 2, /there is nothing to deploy/],
    [['deploy', 'nowhere.ts'], 2, /there is no bot file nowhere\.ts/],
    [['deploy', '.'], 2, /there is no bot file \./],
    [['deploy', '--max-session-duration', '5'], 2, /--max-session-duration.*from 60 to 14400/],
    [['dev', '.'], 2, /there is no bot file \./],
    [['agent', 'logs', 'x', '-n', '10001'], 2, /--lines.*from 0 to 10000/],
    [['audit', '--limit', '0'], 2, /--limit.*from 1 to 1000/],
  ] as const)('%j: %i', async (args, code, message) => {
    const result = await run(args)
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message), leaves: false })
    expect(result.stderr).not.toMatch(/\u001b|^ {4}at /m)
  })

  test('a node that is not there is told, with what to do', async () => {
    const { code, stderr } = await run(['agent', 'list'], {
      OFFHOOK_URL: 'http://127.0.0.1:9',
      OFFHOOK_TOKEN: 'pcc_pat_x',
    })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^offhook: .*127\.0\.0\.1:9.*offhook serve/)
  })
})

test('a backup is never written over', async () => {
  await using folder = await TemporaryFolder.create()
  await writeFile(join(folder.path, 'store.sqlite'), '')
  const file = join(folder.path, 'backup.jsonl')
  const first = await run(['backup', file, '--json'], { OFFHOOK_HOME: folder.path })
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(first.stdout)).toEqual({ file })
  const again = await run(['backup', file], { OFFHOOK_HOME: folder.path })
  expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('is there already') })
})

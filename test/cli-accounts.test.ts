import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServeProcess } from './support/serve-process.ts'

let node: ServeProcess

beforeAll(async () => {
  node = await ServeProcess.start()
})
afterAll(() => node[Symbol.asyncDispose]())

const login = () => node.run(['auth', 'login', '--url', node.url, '--token', node.token])
const notLoggedIn = () => ({ OFFHOOK_CREDENTIALS: join(node.folder, 'nowhere.json') })

describe('who is not logged in', () => {
  test.each([
    ['a command without a log-in', ['agent', 'list']],
    ['whoami', ['auth', 'whoami']],
  ])('%s says how to log in, and exits with 1', async (_what, args) => {
    const { code, stdout, stderr } = await node.run(args, notLoggedIn())
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('run offhook auth login --url')
  })

  test('a token that the node does not know is not kept', async () => {
    const args = ['auth', 'login', '--url', node.url, '--token', 'pcc_pat_wrong']
    const { code, stderr } = await node.run(args, notLoggedIn())
    expect(code).toBe(1)
    expect(stderr).toMatch(/unknown.*\n.*offhook auth login/)
    await expect(readFile(join(node.folder, 'nowhere.json'))).rejects.toThrow('ENOENT')
  })

  test('without a terminal the token is not asked for: exit code 2', async () => {
    const { code, stderr } = await node.run(['auth', 'login', '--url', node.url], notLoggedIn())
    expect(code).toBe(2)
    expect(stderr).toContain('--token-stdin')
  })

  test('where there is no node, the address is named', async () => {
    const nobody = { OFFHOOK_URL: 'http://127.0.0.1:9', OFFHOOK_TOKEN: node.token, OFFHOOK_ORGANIZATION: 'any' }
    const { code, stderr } = await node.run(['agent', 'list'], nobody)
    expect(code).toBe(1)
    expect(stderr).toContain('no node was reached at http://127.0.0.1:9')
    expect(stderr).toContain('offhook serve')
  })

  test('what answers and is no node is not taken for one', async () => {
    const website = createServer((_request, response) => response.end('<html>Welcome</html>')).listen(0, '127.0.0.1')
    await once(website, 'listening')
    const address = website.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const { code, stderr } = await node.run(['auth', 'login', '--url', url, '--token', 'pcc_pat_any'], notLoggedIn())
    website.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`no node was reached at ${url}: it answers, but not as an Offhook node does`)
  })
})

describe('who is logged in', () => {
  beforeAll(async () => {
    expect(await login()).toMatchObject({ code: 0, stderr: '' })
  })

  test('has a file that nobody else may read, and whoami tells what is in it', async () => {
    expect((await stat(node.credentials)).mode & 0o777).toBe(0o600)
    const who = await node.json(['auth', 'whoami'])
    expect(who).toEqual({ email: 'owner@localhost', url: node.url, organization: node.organization })
  })

  test('the stored token goes to no other node', async () => {
    const { code, stderr } = await node.run(['agent', 'list'], { OFFHOOK_URL: 'http://127.0.0.1:9' })
    expect(code).toBe(1)
    expect(stderr).toContain('not logged in')
  })

  test('the environment alone is enough', async () => {
    const environment = { ...notLoggedIn(), OFFHOOK_URL: node.url, OFFHOOK_TOKEN: node.token }
    expect(await node.run(['regions', 'list'], environment)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^REGION/),
    })
  })

  test('a command that is not used as it should be exits with 2', async () => {
    for (const args of [
      ['agent', 'status'],
      ['agent', 'scale', 'x'],
      ['agent', 'logs', 'x', '-n', 'many'],
      ['deploy'],
    ]) {
      const { code, stdout } = await node.run(args)
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
    }
  })

  test('an agent that is not there is a sentence, and exit code 1', async () => {
    for (const command of ['status', 'logs', 'sessions', 'deployments', 'rollback']) {
      const { code, stderr } = await node.run(['agent', command, 'nobody'])
      expect({ command, code, stderr }).toEqual({
        command,
        code: 1,
        stderr: 'offhook: The agent "nobody" was not found.\n',
      })
    }
  })

  test('organizations: the selected one is marked, and another cannot be selected', async () => {
    expect(await node.json(['organizations', 'list'])).toMatchObject([{ name: node.organization, selected: true }])
    expect(await node.run(['organizations', 'select', node.organization])).toMatchObject({ code: 0 })
    const { code, stderr } = await node.run(['organizations', 'select', 'other'])
    expect(code).toBe(1)
    expect(stderr).toContain(node.organization)
  })

  test('a key is shown once, and is revoked by its id', async () => {
    const created = await node.json(['organizations', 'keys', 'create', '--private', '--name', 'deploys'])
    const { id, key } = created as { id: string; key: string }
    const { stdout } = await node.run(['organizations', 'keys', 'list'])
    expect(stdout).toMatch(new RegExp(`${id} +private +deploys .*alive`))
    expect(stdout).not.toContain(key)
    expect(await node.run(['organizations', 'keys', 'revoke', id])).toMatchObject({ code: 0 })
    expect((await node.run(['organizations', 'keys', 'list'])).stdout).toMatch(new RegExp(`${id} .*revoked`))
  })

  test('properties are listed and set', async () => {
    expect(await node.run(['organizations', 'properties', 'set', 'defaultRegion', 'local'])).toMatchObject({ code: 0 })
    expect(await node.json(['organizations', 'properties', 'list'])).toMatchObject({
      defaultRegion: { currentValue: 'local' },
    })
    expect(await node.run(['organizations', 'properties', 'set', 'defaultRegion', 'moon'])).toMatchObject({ code: 1 })
  })

  test('the value of a secret is never printed', async () => {
    const file = join(node.folder, 'secrets.env')
    await writeFile(file, '# keys\nFROM_FILE="hush from file"\n')
    const results = [
      await node.run(['secrets', 'set', 'hidden', 'A=hush', 'B=hush=hush', '--from-env-file', file]),
      await node.run(['secrets', 'list', 'hidden', '--json']),
      await node.run(['secrets', 'list']),
      await node.run(['secrets', 'unset', 'hidden', 'A']),
      await node.run(['secrets', 'list', 'hidden']),
      await node.run(['secrets', 'delete', 'hidden', '--yes']),
    ]
    const bad = [
      await node.run(['secrets', 'set', 'hidden', 'hush']),
      await node.run(['secrets', 'set', 'hidden', 'bad name=hush']),
      await node.run(['secrets', 'delete', 'hidden']),
      await node.run(['secrets', 'list', 'hidden']),
    ]
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
    expect(bad.map(({ code }) => code)).toEqual([2, 1, 2, 1])
    expect(results[0]?.stdout).toContain('FROM_FILE, A, B')
    expect(results[4]?.stdout).toMatch(/FROM_FILE/)
    expect(results[4]?.stdout).not.toMatch(/^A /m)
    expect(JSON.stringify([...results, ...bad])).not.toContain('hush')
  })
})

test('after logout nothing is left of the token', async () => {
  await login()
  expect(await node.run(['auth', 'logout'])).toMatchObject({ code: 0 })
  await expect(readFile(node.credentials)).rejects.toThrow('ENOENT')
})

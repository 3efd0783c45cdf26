import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServeProcess } from './support/serve-process.ts'

let node: ServeProcess

beforeAll(async () => {
  node = await ServeProcess.start()
  expect(await node.run(['auth', 'login', '--url', node.url, '--token', node.token])).toMatchObject({ code: 0 })
})
afterAll(() => node[Symbol.asyncDispose]())

const run = async (...args: string[]) => {
  const result = await node.run(args)
  expect(result).toMatchObject({ code: 0, stderr: '' })
  return result.stdout
}

test('somebody is invited, joins on another machine, gets another role, and is removed', async () => {
  const invited = await run('organizations', 'members', 'invite', 'bob@example.com', '--role', 'viewer')
  const [token = ''] = /inv_[\w-]+/.exec(invited) ?? []
  expect(invited).toContain(`offhook organizations join --url ${node.url} ${token}`)
  expect(await run('organizations', 'members', 'invitations')).toMatch(/bob@example.com +viewer +open/)

  const elsewhere = { OFFHOOK_CREDENTIALS: join(node.folder, 'bob.json') }
  const joined = await node.run(['organizations', 'join', token, '--url', node.url, '--name', 'Bob'], elsewhere)
  expect(joined).toMatchObject({ code: 0, stderr: '' })
  expect(joined.stdout).toContain(`bob@example.com is viewer of ${node.organization}`)
  expect(joined.stdout).not.toContain('pcc_pat_')
  expect(await readFile(elsewhere.OFFHOOK_CREDENTIALS, 'utf8')).toContain('pcc_pat_')
  expect(await node.run(['agent', 'list'], elsewhere)).toMatchObject({ code: 0 })
  expect(await node.run(['audit'], elsewhere)).toMatchObject({ code: 1, stderr: expect.stringContaining('admin') })
  expect(await node.run(['organizations', 'join', token, '--url', node.url], elsewhere)).toMatchObject({ code: 1 })

  expect(await run('organizations', 'members', 'role', 'bob@example.com', 'admin')).toContain('is admin now')
  expect(await run('organizations', 'members', 'list')).toMatch(/bob@example.com +Bob +admin/)
  expect(await node.run(['organizations', 'members', 'role', 'bob@example.com', 'king'])).toMatchObject({ code: 2 })
  expect(await node.run(['organizations', 'members', 'remove', 'bob@example.com'])).toMatchObject({ code: 2 })
  await run('organizations', 'members', 'remove', 'bob@example.com', '--yes')
  expect(await node.run(['agent', 'list'], elsewhere)).toMatchObject({ code: 1 })
  const last = await node.run(['organizations', 'members', 'remove', 'owner@localhost', '--yes'])
  expect(last).toMatchObject({ code: 1, stderr: expect.stringContaining('needs an owner') })
  expect(await run('audit', '-n', '3')).toMatch(/owner@localhost +member.remove[^]*member.role[^]*member.join/)
})

test('an organization is made, renamed and deleted', async () => {
  const made = (await node.json(['organizations', 'create', 'Second'])) as { name: string }
  expect(await run('organizations', 'rename', 'The second', '-o', made.name)).toContain('"The second"')
  expect(await run('organizations', 'list')).toMatch(new RegExp(`${made.name} +The second`))
  expect(await node.run(['organizations', 'delete', made.name])).toMatchObject({ code: 2 })
  await run('organizations', 'delete', made.name, '--yes')
  expect(await run('organizations', 'list')).not.toContain(made.name)
})

test('an account at Plivo is given to an organization, shown without its token, and forgotten', async () => {
  const account = { PLIVO_AUTH_ID: 'MAEXAMPLE00000000000', PLIVO_AUTH_TOKEN: 'a-token-nobody-may-see' }
  expect(await node.run(['plivo', 'set'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--from-env') })
  expect(await node.run(['plivo', 'set', '--from-env'])).toMatchObject({ code: 2 })
  const given = await node.run(['plivo', 'set', '--from-env'], account)
  expect(given).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(account.PLIVO_AUTH_ID) })
  const shown = await run('plivo', 'show')
  expect(shown).toMatch(/MAEXAMPLE00000000000 +…-see/)
  expect(`${given.stdout}${shown}`).not.toContain(account.PLIVO_AUTH_TOKEN)
  expect(await run('audit', '-n', '1')).toContain('plivo.set')
  expect(await node.run(['plivo', 'unset'])).toMatchObject({ code: 2 })
  await run('plivo', 'unset', '--yes')
  expect(await node.run(['plivo', 'show'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not found') })
})

test('a token of one’s own is made for a while, listed and revoked', async () => {
  const made = (await node.json(['auth', 'tokens', 'create', 'laptop', '--days', '1'])) as Record<string, string>
  const whoAmI = () => node.run(['auth', 'whoami'], { OFFHOOK_TOKEN: made['token'] })
  expect(await whoAmI()).toMatchObject({ code: 0 })
  const listed = await run('auth', 'tokens', 'list')
  expect(listed).toMatch(new RegExp(`${made['id']} +laptop .*alive`))
  expect(listed).not.toContain(made['token'])
  await run('auth', 'tokens', 'revoke', made['id'] ?? '')
  expect(await whoAmI()).toMatchObject({ code: 1 })
})

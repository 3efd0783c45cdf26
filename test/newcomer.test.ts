import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, afterAll, describe, expect, test } from 'vitest'
import { parseWav } from '../src/audio/wav.ts'
import { offhook, OffhookCommand } from './support/offhook-command.ts'
import { patience } from './support/patience.ts'
import { ServeProcess } from './support/serve-process.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** Somebody who has read README.md and nothing else; a shell without settings of Offhook's. */
const nothing = {
  OFFHOOK_HOME: undefined,
  OFFHOOK_ORG: undefined,
  OFFHOOK_PUBLIC_URL: undefined,
  npm_command: undefined,
}
const shell = { ...nothing, PORT: '0' }

let folder: TemporaryFolder
let project: string

beforeAll(async () => {
  folder = await TemporaryFolder.create()
  project = join(folder.path, 'demo')
  const made = await offhook(['init', 'demo'], { cwd: folder.path, environment: shell })
  expect(made).toMatchObject({ code: 0, stderr: '' })
  expect(made.stdout).toMatch(/cd demo\n +offhook dev/)
})

afterAll(() => folder[Symbol.asyncDispose]())

describe('a newcomer', () => {
  test('has a call answered by offhook init, offhook dev and offhook dial', async () => {
    await using dev = new OffhookCommand(['dev'], { cwd: project, environment: shell })
    await expect.poll(() => dev.stdout, patience).toMatch(/Answer URL +\S+agent=demo&org=local/)
    const args = ['dial', '--press', '1,wait 300,#', '--record', 'call.wav', '--json']
    const { code, stdout } = await offhook(args, { cwd: project, environment: shell })
    expect(code).toBe(0)
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string })
    expect(events.map(({ type }) => type)).toContain('stream-closed')
    const recording = parseWav(await readFile(join(project, 'call.wav')))
    expect(recording).toMatchObject({ ok: true })
    expect(recording.ok && recording.value.samples.some((sample) => Math.abs(sample) > 3000)).toBe(true)
    expect(dev.stdout).toContain('14155550100 pressed 1')
  })

  test('has a signed call answered by a node elsewhere, after offhook auth login and offhook deploy', async () => {
    await using node = await ServeProcess.start()
    expect(await node.run(['auth', 'login', '--url', node.url, '--token', node.token])).toMatchObject({ code: 0 })
    const { code, stdout } = await node.run(['deploy'], {}, project)
    expect(code).toBe(0)
    expect(stdout).toContain(`${node.url}/plivo-xml?agent=demo&org=${node.organization}`)
    const { answered, heard } = await node.call('demo', [
      { do: 'wait-for-audio' },
      { do: 'press', digits: '#' },
      { do: 'wait', ms: 10_000 },
    ])
    expect(answered).toBe(true)
    expect(heard.samples.some((sample) => Math.abs(sample) > 3000)).toBe(true)
  })

  test('has a call answered by a bot without the SDK, which offhook dev starts', async () => {
    const place = join(folder.path, 'plain')
    expect(await offhook(['init', place, '--template', 'websocket'])).toMatchObject({ code: 0 })
    await mkdir(join(place, 'node_modules'))
    await symlink(resolve('node_modules/ws'), join(place, 'node_modules', 'ws'))
    await using dev = new OffhookCommand(['dev'], { cwd: place, environment: shell })
    await expect.poll(() => dev.stdout, patience).toMatch(/Answer URL +\S+agent=plain&org=local/)
    const args = ['dial', '--speech', 'callers/hello.wav', '--press', 'speak,#', '--json']
    const { code, stdout } = await offhook(args, { cwd: place, environment: shell })
    expect(code).toBe(0)
    expect(stdout).toContain('bot-audio-started')
    expect(dev.stdout).toContain('14155550100 calls 14155550199')
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DevProcess } from './support/dev-process.ts'
import { askForXml, newCallUuid } from './support/foreign-client.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    for await (const event of call);
  })`

test.each([[[]], [['desk.ts']]])(
  'a bot served by offhook dev %j has the call settings of its project',
  async (args) => {
    await using folder = await TemporaryFolder.create()
    await writeFile(join(folder.path, 'desk.ts'), bot)
    await writeFile(
      join(folder.path, 'offhook.toml'),
      'entry = "desk.ts"\noverflow = "busy"\n[scaling]\nmax_agents = 1\n',
    )
    await using dev = await DevProcess.start({ args, folder: folder.path })
    const ask = async () => (await askForXml(dev.answerUrl, { CallUUID: newCallUuid() })).text()
    expect(await ask()).toContain('<Stream ')
    expect(await ask()).toContain('<Hangup reason="busy"/>')
  },
)

test("a bot that is not the project's has none of its settings", async () => {
  await using folder = await TemporaryFolder.create()
  await writeFile(join(folder.path, 'desk.ts'), bot)
  await writeFile(join(folder.path, 'other.ts'), bot)
  await writeFile(join(folder.path, 'offhook.toml'), 'entry = "desk.ts"\n[scaling]\nmax_agents = 1\n')
  await using dev = await DevProcess.start({ args: ['other.ts'], folder: folder.path })
  const ask = async () => (await askForXml(dev.answerUrl, { CallUUID: newCallUuid() })).text()
  expect(await ask()).toContain('<Stream ')
  expect(await ask()).toContain('<Stream ')
})

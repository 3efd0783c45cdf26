import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TemporaryFolder } from '../../test/support/temporary-folder.ts'
import { readProjectFile } from './project-file.ts'

async function read(text: string, name = 'offhook.toml') {
  await using folder = await TemporaryFolder.create()
  const path = join(folder.path, name)
  await writeFile(path, text)
  const settings = await readProjectFile(path)
  return {
    folder: folder.path,
    given: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
  }
}

describe('a project file', () => {
  test('says what is deployed and how; the bot file stands beside it', async () => {
    const { folder, given } = await read(`
      agent_name = "front-desk"
      entry = "src/bot.ts"
      region = "local"
      secret_set = "keys"
      websocket_auth = "none"
      max_session_duration = 600
      instance_uses = 1
      on_crash = "forward:+14155550100"
      overflow = "queue"
      overflow_wait = 30
      overflow_queue_max = 5
      overflow_then = "message"
      comfort_tone = false
      ring_until_ready_ms = 2000
      max_silence = 60
      goodbye = "Goodbye."
      [scaling]
      min_agents = 1
      max_agents = 5
    `)
    expect(given).toEqual({
      name: 'front-desk',
      entry: join(folder, 'src/bot.ts'),
      region: 'local',
      secretSet: 'keys',
      websocketAuth: 'none',
      maxSessionDuration: 600,
      instanceUses: 1,
      call: {
        onCrash: 'forward:+14155550100',
        overflow: 'queue',
        overflowWaitSeconds: 30,
        overflowQueueMax: 5,
        overflowThen: 'message',
        comfortTone: 'off',
        ringUntilReadyMs: 2000,
        maxSilenceSeconds: 60,
        goodbye: 'Goodbye.',
      },
      minAgents: 1,
      maxAgents: 5,
    })
  })

  test('an entry that is a WebSocket URL is a bot that runs elsewhere', async () => {
    expect((await read('entry = "wss://bot.example.com/ws"')).given).toEqual({ url: 'wss://bot.example.com/ws' })
  })

  test('a command runs in the folder of the file', async () => {
    const { folder, given } = await read('agent_name = "a"\ncommand = "python3 bot.py --name \'Ann Lee\'"')
    expect(given).toEqual({ name: 'a', command: ['python3', 'bot.py', '--name', 'Ann Lee'], folder })
    const list = 'command = ["sh", "-c", "cd src && python3 bot.py"]'
    expect((await read(list)).given['command']).toEqual(['sh', '-c', 'cd src && python3 bot.py'])
  })

  test.each(['command = 5', 'command = []', 'command = ["a", 1]', 'command = [""]'])('%s is refused', async (text) => {
    await expect(read(text)).rejects.toThrow('command must be a command line in quotes, or a list of its words')
  })

  test('of Pipecat Cloud is read as it is, with the names that it used to have', async () => {
    const text =
      'agent_name = "a"\nimage = "me/a:1"\nimage_credentials = "hub"\nenable_krisp = true\n[scaling]\nmin_instances = 2\n[docker]\nauto_latest = true\n'
    expect((await read(text, 'pcc-deploy.toml')).given).toEqual({
      name: 'a',
      image: 'me/a:1',
      imagePullSecretSet: 'hub',
      minAgents: 2,
    })
  })

  test.each([
    ['a key that is none', 'agent = "x"', /offhook\.toml: agent is unknown; there is: agent_name/],
    ['a key of another tool', '[docker]\nauto_latest = true', /docker is unknown/],
    ['a number in quotes', '[scaling]\nmin_agents = "1"', /\[scaling\]: min_agents must be a whole number/],
    ['a choice that is none', 'websocket_auth = "maybe"', /websocket_auth must be one of none, token/],
    ['a table that is a number', 'scaling = 3', /scaling must be a table/],
    ['an empty name', 'agent_name = ""', /agent_name must be text in quotes/],
    ['what is no TOML', 'agent_name = ', /offhook\.toml: /],
  ])('with %s is refused by name', async (_what, text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  test('that is named and not there is refused', async () => {
    await expect(readProjectFile('/nowhere/offhook.toml')).rejects.toThrow('there is no file /nowhere/offhook.toml')
  })
})

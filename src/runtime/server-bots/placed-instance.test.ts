import { resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isAlive } from '../../../test/support/processes.ts'
import { systemClock } from '../../lib/clock.ts'
import { TemporaryFolder } from '../../../test/support/temporary-folder.ts'
import { silentLog } from '../../lib/log.ts'
import { commandPlace } from '../commands/command-place.ts'
import { startPlacedInstance } from './placed-instance.ts'
import type { OpenPlace } from './server-place.ts'

const contractBot = resolve('test/support/contract-bot.mjs')
const home = await TemporaryFolder.create()
afterAll(() => home[Symbol.asyncDispose]())

/** Starts a command with a little patience; tells the processes that it was. */
async function start(
  command: readonly string[],
  environment: Record<string, string>,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
) {
  const pids: number[] = []
  const open = commandPlace({
    command,
    workingDirectory: process.cwd(),
    environment,
    searchPath: '/usr/bin:/bin',
    home: home.path,
    clock: systemClock,
  })
  const openPlace: OpenPlace = async (onOutput, signal) => {
    const place = await open(onOutput, signal)
    pids.push(place.pid ?? 0)
    return place
  }
  const { timeoutMs: startTimeoutMs = 20_000, signal = new AbortController().signal } = options
  const limits = { startTimeoutMs, connectTimeoutMs: 5000, lingerMs: 5000 }
  const started = startPlacedInstance(
    { openPlace, ...limits, clock: systemClock, log: silentLog },
    { onChange: () => undefined },
    signal,
  )
  const outcome = await started.then(
    (instance) => ({ instance, why: '' }),
    (error: unknown) => ({ instance: undefined, why: String(error) }),
  )
  return { ...outcome, pids }
}

const bot = [process.execPath, contractBot]

describe('a server bot of ours', () => {
  test('is ready once /readyz says so, and has one session at a time', async () => {
    const { instance, pids } = await start(bot, {})
    expect(instance).toMatchObject({ state: 'ready', capacity: 1, active: 0 })
    await instance?.[Symbol.asyncDispose]()
    expect(pids.map(isAlive)).toEqual([false])
  })

  test('that listens elsewhere is told where', async () => {
    const { why, pids } = await start(bot, { LISTEN_ON: '18473' }, { timeoutMs: 3000 })
    expect(why).toMatch(
      /the bot was not ready after 3 s: nothing listens on port 2\d{4}|3\d{4}, its PORT; the bot listens on port 18473:\n.*listening on 18473/s,
    )
    expect(why).toContain('the bot listens on port 18473')
    expect(pids.map(isAlive)).toEqual([false])
  })

  test('that is never ready is told what it answered, and what it printed', async () => {
    const { why, pids } = await start(bot, { READY: 'no' }, { timeoutMs: 3000 })
    expect(why).toMatch(/the bot was not ready after 3 s: GET \/readyz: 503 {"status":"not ready"}:\nlistening on \d+/)
    expect(pids.map(isAlive)).toEqual([false])
  })

  test('that ends is told how, at once', async () => {
    const { why } = await start(['sh', '-c', 'echo no key for the weather >&2; exit 3'], {})
    expect(why).toContain("the bot's process exited with code 3 before it was ready:\nno key for the weather")
  })

  test('that nobody wants any more is ended, with all it has started', async () => {
    const signal = AbortSignal.timeout(1000)
    const { why, pids } = await start(['sh', '-c', 'sleep 100 & sleep 100'], {}, { signal })
    expect(why).toContain('TimeoutError')
    expect(pids.map(isAlive)).toEqual([false])
  })

  test('may be any server: one that knows no /readyz counts as ready', async () => {
    const server = `require('node:http').createServer((_, answer) => { answer.statusCode = 404; answer.end() }).listen(process.argv[1])`
    const { instance } = await start([process.execPath, '-e', server, '$PORT'], {})
    expect(instance?.state).toBe('ready')
    await instance?.[Symbol.asyncDispose]()
  })
})

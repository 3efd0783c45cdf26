import { expect, test } from 'vitest'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform, type TestPlatform } from './support/platform.ts'

const bot = `
  import { defineBot } from 'offhook'
  let sessions = 0
  export default defineBot(async (call) => {
    console.log('serves number ' + ++sessions)
    for await (const event of call) if (event.type === 'dtmf') return
  })`

/** Calls one after another: which session of its instance each was. */
async function numbersOf(platform: TestPlatform, calls: number): Promise<readonly number[]> {
  const said = () => platform.log.all(/^serves number \d+$/).map(({ message }) => Number(message.split(' ').at(-1)))
  const before = said().length
  for (let n = 1; n <= calls; n++) {
    const call = platform.call('desk', [
      { do: 'wait', ms: 200 },
      { do: 'press', digits: '#' },
    ])
    await expect.poll(() => said().length, patience).toBe(before + n)
    await call.ended
    const free = () => platform.open.server.pools().reduce((sum, { pool }) => sum + pool.status.free, 0)
    await expect.poll(free, patience).toBeGreaterThan(0)
  }
  return said().slice(before)
}

test('an instance serves as many sessions as its version says, and a fresh one takes its place', async () => {
  const platform = await startPlatform()
  try {
    await platform.deploy('desk', bot, { instanceUses: 1, autoScaling: { minAgents: 1 } })
    expect(await numbersOf(platform, 3)).toEqual([1, 1, 1])
    await platform.deploy('desk', bot, { instanceUses: 2 })
    expect(Math.max(...(await numbersOf(platform, 5)))).toBe(2)
    await platform.deploy('desk', bot, { instanceUses: 0 })
    expect(Math.max(...(await numbersOf(platform, 5)))).toBeGreaterThan(2)
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
})

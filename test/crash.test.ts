import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../src/lib/clock.ts'
import { messageOf } from '../src/lib/errors.ts'
import { silentLog } from '../src/lib/log.ts'
import { ManualClock } from '../src/lib/manual-clock.ts'
import { startBot } from '../src/runtime/start-bot.ts'
import { DevProcess } from './support/dev-process.ts'
import {
  askForXml,
  askWhatNext,
  ForeignStream,
  newCallUuid,
  nextUrlIn,
  openCall,
  streamUrlIn,
  tell,
} from './support/foreign-client.ts'
import { startNode, startNodeOn, type TestNode } from './support/node.ts'
import { OffhookCommand } from './support/offhook-command.ts'
import { patience } from './support/patience.ts'
import { botsOf, isAlive } from './support/processes.ts'
import { spent } from './support/refusals.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** Echoes, and says in the log which process serves which call. `1` to `9` choose a misfortune. */
const frailBot = `
  import { defineBot } from 'offhook'
  function misfortune() {
    throw new Error('out of luck')
  }
  export default defineBot(async (call) => {
    console.log('pid ' + process.pid)
    for await (const event of call) {
      if (event.type === 'audio') call.write(event.audio)
      if (event.type !== 'dtmf') continue
      if (event.digit === '#') return
      if (event.digit === '1') misfortune()
      if (event.digit === '2') process.exit(7)
      if (event.digit === '3') void Promise.reject(new Error('nobody caught this'))
      if (event.digit === '4') throw 'a mere string'
      if (event.digit === '5') setTimeout(() => { throw new Error('thrown from a timer') })
    }
  })`

const hangUp = (node: TestNode, callId: string) =>
  tell(`${node.url}/plivo/hangup`, { CallUUID: callId, Event: 'Hangup', CallStatus: 'completed' })

/** The process that serves a call, as its bot said last. */
async function pidOf(node: TestNode, callId: string): Promise<number> {
  const said = () => node.log.all(/^pid /).findLast(({ fields }) => fields['call'] === callId)
  await expect.poll(said, patience).toBeDefined()
  return Number(said()?.message.slice(4))
}

const idle = { calls: 0, active: 0, waiting: 0 }

/** The next instance has the call, and what the caller hears of the change has been sent. */
const resumed = (node: TestNode, callId: string, times = 1) =>
  expect
    .poll(() => node.log.all('call resumed').filter(({ fields }) => fields['call'] === callId).length, patience)
    .toBe(times)

describe('a bot whose process is killed in mid-call', () => {
  test('costs the stream with 1011 the third time, and the caller hears an apology', async () => {
    await using node = await startNode({ bot: frailBot })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    const pids = new Set<number>()
    for (const crash of [1, 2, 3]) {
      const pid = await pidOf(node, call.callId)
      pids.add(pid)
      process.kill(pid, 'SIGKILL')
      if (crash === 3) break
      await resumed(node, call.callId, crash)
      await call.stream.echoes()
    }
    expect(pids.size).toBe(3)
    expect((await call.stream.closed).code).toBe(1011)
    const ended = await node.log.until('call ended')
    expect(ended.level).toBe('error')
    expect(ended.fields).toMatchObject({ reason: 'bot-lost', call: call.callId, session: expect.any(String) })
    expect(ended.fields['detail']).toContain('SIGKILL')
    expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Speak>.*sorry.*<Hangup\/>/)
    using next = await openCall(node.answerUrl())
    await next.stream.echoes()
    expect(pids).not.toContain(await pidOf(node, next.callId))
  })

  test('costs none of the calls of that process, nor of any other', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', bot: frailBot, sessionsPerInstance: 2 }] })
    using one = await openCall(node.answerUrl())
    await one.stream.echoes()
    using two = await openCall(node.answerUrl())
    await two.stream.echoes()
    using three = await openCall(node.answerUrl())
    await three.stream.echoes()
    const pid = await pidOf(node, one.callId)
    expect(await pidOf(node, two.callId)).toBe(pid)
    expect(await pidOf(node, three.callId)).not.toBe(pid)
    process.kill(pid, 'SIGKILL')
    await resumed(node, one.callId)
    await resumed(node, two.callId)
    await one.stream.echoes()
    await two.stream.echoes()
    await three.stream.echoes()
    expect(node.log.all('call ended')).toEqual([])
  })
})

describe('a bot whose process is killed while it is idle', () => {
  /** The one process that waits for a call. */
  async function idleProcess(): Promise<number> {
    await expect.poll(() => botsOf(process.pid).length, patience).toBe(1)
    return botsOf(process.pid)[0] ?? 0
  }

  test('is replaced, and no call gets it', async () => {
    await using node = await startNode({ bot: frailBot })
    const pid = await idleProcess()
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => !isAlive(pid) && botsOf(process.pid).length, patience).toBe(1)
    await expect.poll(() => node.pool().status.free, patience).toBe(1)
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    expect(await pidOf(node, call.callId)).not.toBe(pid)
    expect(node.log.all(/SIGKILL/)).not.toEqual([])
  })

  test('is not given to a call that comes at the same moment', async () => {
    await using node = await startNode({ bot: frailBot })
    const pid = await idleProcess()
    process.kill(pid, 'SIGKILL')
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    expect(await pidOf(node, call.callId)).not.toBe(pid)
  })

  test('is not given to the call that it was promised to in the ring', async () => {
    await using node = await startNode({ bot: frailBot })
    const pid = await idleProcess()
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => isAlive(pid), patience).toBe(false)
    await node.log.until(/SIGKILL/)
    using stream = await new ForeignStream(streamUrlIn(await answer.text()), callId).opened()
    stream.start()
    await stream.echoes()
  })
})

describe('a bot that', () => {
  test.each([
    ['throws', '1', 'out of luck'],
    ['throws what is no error', '4', 'a mere string'],
  ])('%s costs the stream with 1011, and the log has the error with its session', async (_what, key, message) => {
    await using node = await startNode({ bot: frailBot })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    const session = node.calls.find(call.callId)?.session.id
    call.stream.dtmf(key)
    expect((await call.stream.closed).code).toBe(1011)
    const ended = await node.log.until('call ended')
    expect(ended.level).toBe('error')
    expect(ended.fields).toMatchObject({ reason: 'bot-threw', session, call: call.callId })
    expect(ended.fields['detail']).toContain(message)
    expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Speak>.*<Hangup\/>/)
    await expect.poll(() => spent(node), patience).toEqual(idle)
  })

  test('throws has a stack that shows where in its own file', async () => {
    await using node = await startNode({ bot: frailBot })
    using call = await openCall(node.answerUrl())
    call.stream.dtmf('1')
    await call.stream.closed
    const { fields } = await node.log.until('call ended')
    const line = frailBot.split('\n').findIndex((text) => text.includes('out of luck')) + 1
    expect(fields['detail']).toMatch(new RegExp(`misfortune \\(.*bot\\.ts:${line}:`))
  })

  test('throws does not cost the other calls of its process', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', bot: frailBot, sessionsPerInstance: 2 }] })
    using one = await openCall(node.answerUrl())
    await one.stream.echoes()
    using two = await openCall(node.answerUrl())
    await two.stream.echoes()
    one.stream.dtmf('1')
    expect((await one.stream.closed).code).toBe(1011)
    await two.stream.echoes()
    expect(await pidOf(node, two.callId)).toBe(await pidOf(node, one.callId))
  })

  test.each([
    ['leaves a rejection uncaught', '3', 'nobody caught this'],
    ['throws from a timer', '5', 'thrown from a timer'],
    ['exits', '2', 'exited with code 7'],
  ])('%s is followed by another, and the log has its last words', async (_what, key, words) => {
    await using node = await startNode({ bot: frailBot })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.dtmf(key)
    await resumed(node, call.callId)
    await call.stream.echoes()
    const { fields, level } = await node.log.until(/the bot crashed/)
    expect(level).toBe('error')
    expect(fields).toMatchObject({ call: call.callId, why: expect.any(String) })
    expect(JSON.stringify(node.log.entries)).toContain(words)
    using next = await openCall(node.answerUrl())
    await next.stream.echoes()
  })

  test.each([
    ['throws on import', `throw new Error('no such model')`, 'no such model'],
    ['has nothing to call', `export const bot = 1`, 'defineBot'],
    ['cannot warm up', `export default { onCall() {}, prewarm() { throw new Error('no heat') } }`, 'no heat'],
    ['exits on import', `console.error('bad key'); process.exit(3)`, 'bad key'],
  ])('%s: callers are told, and the log has the reason', async (_what, bot, words) => {
    await using node = await startNode({ bot, unready: true })
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    const xml = await answer.text()
    using stream = await new ForeignStream(streamUrlIn(xml), callId).opened()
    stream.start()
    expect((await stream.closed).code).toBe(1011)
    expect(await askWhatNext(nextUrlIn(xml), callId)).toMatch(/<Speak>.*<Hangup\/>/)
    expect(JSON.stringify(node.log.entries)).toContain(words)
    await expect.poll(() => spent(node), patience).toEqual(idle)
  })

  test('is never ready is given up after thirty seconds, its process is ended and its caller is told', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock, { bot: `for (;;) {}`, unready: true })
    const callId = newCallUuid()
    const answer = await askForXml(node.answerUrl(), { CallUUID: callId })
    await expect.poll(() => botsOf(process.pid).length, patience).toBeGreaterThan(0)
    const spinning = botsOf(process.pid)
    clock.advance(30_000)
    await node.log.until(/not ready after 30 s/)
    expect((await node.log.until('call ended')).fields).toMatchObject({ call: callId, reason: 'bot-not-ready' })
    expect(await askWhatNext(nextUrlIn(await answer.text()), callId)).toMatch(/<Speak>.*<Hangup\/>/)
    // They do not hear that they should end.
    clock.advance(2000)
    await expect.poll(() => spinning.filter(isAlive), patience).toEqual([])
  })

  test('does not return after the hang-up is ended ten seconds later', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock, {
      bot: `
        import { defineBot } from 'offhook'
        export default defineBot(async () => {
          console.log('pid ' + process.pid)
          await new Promise((resolve) => setTimeout(resolve, 1e9))
        })`,
    })
    using call = await openCall(node.answerUrl())
    const pid = await pidOf(node, call.callId)
    await hangUp(node, call.callId)
    await call.stream.closed
    expect(node.calls.active).toBe(0)
    clock.advance(9_000)
    expect(isAlive(pid)).toBe(true)
    clock.advance(1_000)
    await expect.poll(() => isAlive(pid), patience).toBe(false)
    expect(node.log.all(/goes on after its call/)).toHaveLength(1)
    await expect.poll(() => [node.pool().status.active, node.pool().status.free], patience).toEqual([0, 1])
  })

  test('does not return after the hang-up does not cost the other calls of its process', async () => {
    const clock = new ManualClock()
    await using node = await startNodeOn(clock, {
      agents: [
        {
          name: 'bot',
          sessionsPerInstance: 2,
          bot: `
            import { defineBot } from 'offhook'
            export default defineBot(async (call) => {
              console.log('pid ' + process.pid)
              for await (const event of call) if (event.type === 'audio') call.write(event.audio)
              await new Promise((resolve) => setTimeout(resolve, 1e9))
            })`,
        },
      ],
    })
    using one = await openCall(node.answerUrl())
    const pid = await pidOf(node, one.callId)
    using two = await openCall(node.answerUrl())
    expect(await pidOf(node, two.callId)).toBe(pid)
    await hangUp(node, one.callId)
    await one.stream.closed
    clock.advance(5000)
    await two.stream.echoes()
    clock.advance(5000)
    await two.stream.echoes()
    expect(isAlive(pid)).toBe(true)
    await hangUp(node, two.callId)
    await two.stream.closed
    clock.advance(10_000)
    await expect
      .poll(() => {
        clock.advance(500)
        return isAlive(pid)
      }, patience)
      .toBe(false)
  })

  test('returns soon after the hang-up may finish what it does', async () => {
    await using node = await startNode({
      bot: `
        import { defineBot } from 'offhook'
        import { setTimeout as sleep } from 'node:timers/promises'
        export default defineBot(async (call) => {
          for await (const event of call) if (event.type === 'audio') call.write(event.audio)
          await sleep(300)
          console.log('all is saved')
        })`,
    })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    await hangUp(node, call.callId)
    const saved = await node.log.until('all is saved')
    expect(saved.fields).toMatchObject({ call: call.callId, bot: true })
    await expect.poll(() => spent(node), patience).toEqual(idle)
  })

  test('started processes of its own takes them along', async () => {
    const node = await startNode({
      bot: `
        import { defineBot } from 'offhook'
        import { spawn } from 'node:child_process'
        export default defineBot(async (call) => {
          console.log('pid ' + spawn('/bin/sleep', ['1000']).pid)
          console.log('own ' + process.pid)
          for await (const event of call) if (event.type === 'audio') call.write(event.audio)
        })`,
    })
    using call = await openCall(node.answerUrl())
    const child = await pidOf(node, call.callId)
    const own = Number((await node.log.until(/^own /)).message.slice(4))
    expect(isAlive(child)).toBe(true)
    process.kill(own, 'SIGKILL')
    await expect.poll(() => isAlive(child), patience).toBe(false)
    using second = await openCall(node.answerUrl())
    const other = await pidOf(node, second.callId)
    expect(isAlive(other)).toBe(true)
    await node[Symbol.asyncDispose]()
    await expect.poll(() => isAlive(other), patience).toBe(false)
  })

  test.each(['bundle', 'command'])(
    '(a %s) left a process behind that holds its output open is gone, and so is that one',
    async (kind) => {
      await using home = await TemporaryFolder.create()
      const bundle = join(home.path, 'bot.mjs')
      await writeFile(
        bundle,
        `import { spawn } from 'node:child_process'
      const child = spawn('/bin/sleep', ['1000'], { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
      console.error('left ' + child.pid)
      setTimeout(() => process.exit(3), 100)
      await new Promise(() => {})`,
      )
      const workingDirectory = home.path
      const start = startBot({
        code:
          kind === 'bundle'
            ? { kind, path: bundle, workingDirectory }
            : { kind: 'command', command: [process.execPath, bundle], workingDirectory },
        sessionsPerInstance: 1,
        environment: {},
        searchPath: '',
        home: home.path,
        clock: systemClock,
        log: silentLog,
      })
      const failed = await start({ onChange: () => undefined }, new AbortController().signal).then(
        () => 'it came up',
        messageOf,
      )
      expect(failed).toMatch(/^the bot's process exited with code 3 before it was ready:\nleft \d+$/)
      const left = Number(/\d+$/.exec(failed))
      await expect.poll(() => isAlive(left), patience).toBe(false)
    },
  )

  test.each(['bundle', 'command'])(
    '(a %s) cannot be started for its secrets says which, not what it holds, and leaves nothing',
    async (kind) => {
      await using home = await TemporaryFolder.create()
      const workingDirectory = home.path
      const path = join(home.path, 'bot.mjs')
      const start = (environment: Record<string, string>) =>
        startBot({
          code:
            kind === 'bundle'
              ? { kind, path, workingDirectory }
              : { kind: 'command', command: [process.execPath, path], workingDirectory },
          sessionsPerInstance: 1,
          environment,
          searchPath: '',
          home: home.path,
          clock: systemClock,
          log: silentLog,
        })({ onChange: () => undefined }, new AbortController().signal).then(() => 'it came up', messageOf)
      expect(await start({ FINE: 'a', TOKEN: 'sesame\0' })).toMatch(
        /could not be started: the secret "TOKEN" has the character NUL/,
      )
      expect(await start({ TOKEN: 'x'.repeat(200_000) })).toMatch(/could not be started: its environment is too large/)
      await expect.poll(() => readdir(join(home.path, 'scratch')), patience).toEqual([])
    },
  )

  test('spins is found out within seconds, and its process is ended', async () => {
    await using node = await startNode({
      bot: `
        import { defineBot } from 'offhook'
        export default defineBot(async () => {
          console.log('pid ' + process.pid)
          await new Promise((resolve) => setTimeout(resolve, 100))
          for (;;) {}
        })`,
    })
    using call = await openCall(node.answerUrl())
    const pid = await pidOf(node, call.callId)
    await node.log.until(/its event loop is blocked/)
    await expect.poll(() => isAlive(pid), patience).toBe(false)
  })

  test('computes for a second is left alone', async () => {
    await using node = await startNode({
      bot: `
        import { defineBot } from 'offhook'
        export default defineBot(async (call) => {
          for await (const event of call) {
            if (event.type === 'audio') call.write(event.audio)
            if (event.type !== 'dtmf') continue
            const until = Date.now() + 1000
            while (Date.now() < until) {}
            console.log('computed')
          }
        })`,
    })
    using call = await openCall(node.answerUrl())
    await call.stream.echoes()
    call.stream.dtmf('1')
    await node.log.until('computed')
    await call.stream.echoes()
    expect(node.log.all(/no sign of life/)).toEqual([])
  })

  test('spins is ended with its node', async () => {
    const node = await startNode({
      bot: `
        import { defineBot } from 'offhook'
        export default defineBot(async () => {
          console.log('pid ' + process.pid)
          await new Promise((resolve) => setTimeout(resolve, 100))
          for (;;) {}
        })`,
    })
    using call = await openCall(node.answerUrl())
    const pid = await pidOf(node, call.callId)
    await node[Symbol.asyncDispose]()
    expect((await call.stream.closed).code).toBe(1001)
    expect(isAlive(pid)).toBe(false)
  })
})

test('what a bot prints is logged with the session that printed it, also after awaits in a shared process', async () => {
  await using node = await startNode({
    agents: [
      {
        name: 'bot',
        sessionsPerInstance: 2,
        bot: `
          import { defineBot } from 'offhook'
          import { setTimeout as sleep } from 'node:timers/promises'
          export default defineBot(async (call) => {
            console.log(call.id, 'begins in', process.pid)
            call.signal.addEventListener('abort', () => console.log(call.id, 'hears of the end'))
            await sleep(20)
            console.error(call.id, 'has slept')
            setTimeout(() => console.log(call.id, 'was called by a timer'), 20)
            for await (const event of call) {
              if (event.type === 'dtmf') {
                process.stdout.write(call.id + ' was pressed')
                process.stdout.write(' ' + event.digit + '\\n')
              }
            }
            console.log(call.id, 'leaves\\nin two lines')
          })`,
      },
    ],
  })
  using one = await openCall(node.answerUrl())
  using two = await openCall(node.answerUrl())
  const calls = [one, two]
  for (const call of calls) call.stream.dtmf('5')
  for (const call of calls) {
    await node.log.until(`${call.callId} was called by a timer`)
    await node.log.until(`${call.callId} was pressed 5`)
  }
  for (const call of calls) await hangUp(node, call.callId)
  for (const { callId } of calls) {
    await node.log.until(`${callId} leaves`)
    const session = node.calls.find(callId)?.session.id
    const lines = node.log.all(new RegExp(`^${callId}`))
    expect(lines.map(({ message }) => message.slice(callId.length + 1).replace(/\d{2,}/, 'N')).sort()).toEqual([
      'begins in N',
      'has slept',
      'hears of the end',
      'leaves',
      'was called by a timer',
      'was pressed 5',
    ])
    for (const { fields } of lines)
      expect(fields).toMatchObject({ session, call: callId, bot: true, agent: 'bot.acme' })
    expect(lines.find(({ message }) => message.endsWith('slept'))?.fields['stream']).toBe('stderr')
  }
  const pids = node.log.all(/begins in/).map(({ message }) => message.split(' ').at(-1))
  expect(new Set(pids).size).toBe(1)
})

test('a call whose carrier is killed ends, and its bot is free', async () => {
  await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
  await using dial = new OffhookCommand(['dial'], { environment: { OFFHOOK_HOME: dev.home } })
  await dev.until(/call started/)
  dial.kill('SIGKILL')
  await dev.until(/call ended.*stream-lost/)
  using call = await openCall(dev.answerUrl)
  await call.stream.echoes()
})

test('a bot that throws on import under offhook dev serves the next call once it is saved without the mistake', async () => {
  await using folder = await TemporaryFolder.create()
  const file = join(folder.path, 'frail.ts')
  await writeFile(file, `throw new Error('no such model')`)
  await using dev = await DevProcess.start({ args: [file] })
  await dev.until(/no such model/)
  using call = await openCall(dev.answerUrl)
  expect((await call.stream.closed).code).toBe(1011)
  expect(await askWhatNext(call.nextUrl, call.callId)).toMatch(/<Speak>.*<Hangup\/>/)
  await writeFile(file, frailBot)
  await dev.until(/was saved: the next call gets it/)
  using next = await openCall(dev.answerUrl)
  await next.stream.echoes()
})

import { describe, expect, test } from 'vitest'
import { type CallerAction, dial, type DialOptions } from '../src/simulator/index.ts'
import { tone } from '../src/audio/tone.ts'
import { Server } from '../src/server.ts'
import type { Fallback } from '../src/sessions/detours/fallback.ts'
import type { OverflowWatcher } from '../src/sessions/overflow/overflow-watcher.ts'
import { type PhoneBehaviour, PhoneBook } from '../src/simulator/phone-book.ts'
import { documents } from './support/exchange.ts'
import { CollectedLog } from './support/collected-log.ts'
import { askForXml, newCallUuid, tell } from './support/foreign-client.ts'
import { startNode } from './support/node.ts'
import { patience, pause } from './support/patience.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

/** What Plivo signs with; nothing else is let in. */
const token = 'the token of the account'
const desk = '14155550123'
const hums: CallerAction = {
  do: 'speak',
  audio: { samples: tone({ frequencyHz: 300, durationMs: 1500, sampleRateHz: 8000 }), sampleRateHz: 8000 },
}
/** Behind the prompt and the tone. */
const afterBeep: readonly CallerAction[] = [{ do: 'wait-for-audio' }, { do: 'wait-for-quiet' }]

const phones = (owner: PhoneBehaviour) => new PhoneBook({ [desk]: owner })

/** A node on which somebody has the only place. */
async function startFull(overflow?: Fallback) {
  const told: unknown[] = []
  const overflowWatcher: OverflowWatcher = {
    onOverflow: ({ call, gets }) => told.push([call.callId, gets]),
    onOverflowEnd: ({ call, gets }, outcome) => told.push([call.callId, gets, outcome]),
    onRefusedCallOver: () => undefined,
    onMessage: ({ callId, recorded }) => told.push([callId, { durationMs: recorded.durationMs }]),
  }
  const policy = overflow && { overflow }
  const node = await startNode({
    agents: [{ name: 'bot', maxSessions: 1, policy }],
    server: { overflowWatcher, plivoAuthTokens: [token], unsignedWebhooks: 'refuse' },
  })
  const first = newCallUuid()
  await askForXml(node.answerUrl(), { CallUUID: first }, { token })
  const call = (options: Omit<DialOptions, 'answerUrl'> = {}) =>
    simulated({ authTokens: [token], answerUrl: node.answerUrl(), maxDurationMs: 30_000, ...options })
  return { node, told, call, [Symbol.asyncDispose]: () => node[Symbol.asyncDispose]() }
}

async function simulated(options: DialOptions) {
  await using call = dial(options)
  const result = await call.ended
  return { ...result, callId: call.callUuid, documents: documents(call.timeline) }
}

describe('a caller for whom there is no place', () => {
  test('is told that all lines are busy, unless the agent says otherwise', async () => {
    await using full = await startFull()
    const { answered, documents, callId } = await full.call()
    expect({ answered, documents }).toEqual({ answered: true, documents: ['Speak Hangup'] })
    expect(full.told).toEqual([
      [callId, 'apology'],
      [callId, 'apology', 'turned-away'],
    ])
  })

  test('hears a busy tone, and is never answered', async () => {
    await using full = await startFull({ type: 'busy' })
    const { answered, hangup } = await full.call()
    expect({ answered, cause: hangup.cause }).toEqual({ answered: false, cause: 'USER_BUSY' })
  })

  test('whose call was answered before is told in words: a busy tone is not to be had any more', async () => {
    await using full = await startFull({ type: 'busy' })
    const xml = await askForXml(
      full.node.answerUrl(),
      { CallUUID: newCallUuid(), CallStatus: 'in-progress' },
      { token },
    )
    expect(await xml.text()).toMatch(/<Speak>We are sorry, all our lines are busy.*<Hangup\/>/)
  })

  test('is told what the agent wants said', async () => {
    await using full = await startFull({ type: 'say', text: 'Later.' })
    const xml = await askForXml(full.node.answerUrl(), { CallUUID: newCallUuid() }, { token })
    expect(await xml.text()).toContain('<Speak>Later.</Speak><Hangup/>')
  })

  test('is connected with somebody else, or told that all lines are busy when nobody is there', async () => {
    await using full = await startFull({ type: 'forward', to: desk })
    const [talked, missed] = await Promise.all([
      full.call({ phones: phones({ answers: 100, script: [{ do: 'wait', ms: 300 }, { do: 'hang-up' }] }) }),
      full.call({ phones: phones({ busy: true }) }),
    ])
    expect(talked.documents).toEqual(['Dial Number Redirect', 'Hangup'])
    expect(talked.legs[0]?.answered).toBe(true)
    expect(missed.documents).toEqual(['Dial Number Redirect', 'Speak Hangup'])
    expect(full.told).toContainEqual([talked.callId, 'forward', 'connected'])
    expect(full.told).toContainEqual([missed.callId, 'forward', 'not-connected'])
  })

  test('leaves a message, which is on record, and hears thanks', async () => {
    await using full = await startFull({ type: 'message' })
    const [left, hungUp, silent] = await Promise.all([
      full.call({ caller: [...afterBeep, hums, { do: 'press', digits: '#' }] }),
      full.call({ caller: [...afterBeep, hums, { do: 'hang-up' }] }),
      full.call(),
    ])
    expect(left.documents).toEqual(['Speak Record Redirect', 'Speak Hangup'])
    const of = ({ callId }: { callId: string }) => full.told.filter((entry) => JSON.stringify(entry).includes(callId))
    await expect
      .poll(() => of(left), patience)
      .toEqual([
        [left.callId, 'message'],
        [left.callId, 'message', 'message-left'],
        [left.callId, { durationMs: expect.any(Number) as number }],
      ])
    await expect.poll(() => of(hungUp), patience).toContainEqual([hungUp.callId, 'message', 'message-left'])
    await expect.poll(() => of(silent), patience).toContainEqual([silent.callId, 'message', 'no-message'])
    expect(of(silent)).toHaveLength(2)
  })

  test('is counted once, however often Plivo asks', async () => {
    await using full = await startFull({ type: 'busy' })
    const callId = newCallUuid()
    await Promise.all([1, 2, 3].map(() => askForXml(full.node.answerUrl(), { CallUUID: callId }, { token })))
    expect(full.node.calls.refused).toBe(1)
    expect(full.told).toEqual([
      [callId, 'busy'],
      [callId, 'busy', 'turned-away'],
    ])
  })

  test('gets the same while the node stops', async () => {
    await using node = await startNode({ agents: [{ name: 'bot', policy: { overflow: { type: 'busy' } } }] })
    await node.calls.drain()
    const xml = await askForXml(node.answerUrl(), { CallUUID: newCallUuid() })
    expect(await xml.text()).toContain('<Hangup reason="busy"/>')
  })
})

test('a caller who talks with somebody else while the node is started anew hears how that ended', async () => {
  await using folder = await TemporaryFolder.create()
  await using server = await Server.start({
    port: 0,
    host: '127.0.0.1',
    home: folder.path,
    plivoAuthTokens: [token],
    unsignedWebhooks: 'refuse',
    startsAgents: true,
    log: new CollectedLog(),
  })
  const url = `http://127.0.0.1:${server.port}/plivo/overflow/next?agent=bot&org=acme&gets=forward`
  const back = { CallUUID: newCallUuid(), Event: 'Redirect', CallStatus: 'in-progress', DialStatus: 'no-answer' }
  const asking = tell(url, back, { token })
  await expect(Promise.race([asking, pause(300)])).resolves.toBeUndefined()
  server.deploy({ organization: 'acme', name: 'bot', warmInstances: 0, code: { kind: 'url', url: 'ws://127.0.0.1:9' } })
  const answer = await asking
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('<Speak')
})

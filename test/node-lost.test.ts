/** A node that is killed under its calls, and started again. */
import { describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../src/lib/clock.ts'
import { dial } from '../src/simulator/index.ts'
import { askWhatNext, ForeignStream, openCall, streamUrlIn, tell } from './support/foreign-client.ts'
import { LostNode, plivoToken } from './support/lost-node.ts'
import { patience } from './support/patience.ts'

const plivo = { token: plivoToken }

/** The pause between two tries of a URL. */
const retryPauseMs = 2500

/** The system's clock, but for that pause, which is over when `over` is. */
const clockThatWaitsFor = (over: Promise<void>): Clock => ({
  ...systemClock,
  after(delayMs, run) {
    if (delayMs !== retryPauseMs) return systemClock.after(delayMs, run)
    let cancelled = false
    void over.then(() => cancelled || run())
    return { cancel: () => (cancelled = true) }
  },
})

describe('a call whose node is killed and comes back', () => {
  test('goes on when Plivo asks what next: its next bot knows what was saved', async () => {
    await using node = await LostNode.start()
    const isBack = Promise.withResolvers<void>()
    const call = dial({
      answerUrl: node.answerUrl,
      authTokens: [plivoToken],
      maxDurationMs: 60_000,
      // Time for a node to come back, which Plivo, or a proxy in front of the node, has to give.
      assumptions: { retryPauseMs },
      clock: clockThatWaitsFor(isBack.promise),
    })
    await node.keeps(call.callUuid, 0)
    const before = node.pid
    await node.kill()
    expect(await node.scratchOwners()).toEqual([before])
    await node.startAgain()
    isBack.resolve()
    await node.keeps(call.callUuid, 1)
    expect(await node.scratchOwners()).toEqual([node.pid])
    expect(node.runsOf(call.callUuid)[1]?.resumed).toMatchObject({
      reason: 'node-lost',
      count: 1,
      state: { call: call.callUuid, run: 0 },
    })
    call.hangUp()
    const result = await call.ended
    expect(result).toMatchObject({ hangup: { source: 'Caller' } })
    expect(result.streams).toHaveLength(2)
    await expect.poll(() => node.endings(), patience).toEqual(['WS_CONNECTION_CLOSED', 'NODE_LOST'])
    await node.forgets(call.callUuid)
  })

  test('comes back once, by Plivo’s word only, and not when it is over', async () => {
    await using node = await LostNode.start()
    using lost = await openCall(node.answerUrl, {}, plivo)
    using transferred = await openCall(node.answerUrl, {}, plivo)
    using over = await openCall(node.answerUrl, {}, plivo)
    using impatient = await openCall(node.answerUrl, {}, plivo)
    for (const { callId } of [lost, transferred, over, impatient]) await node.keeps(callId, 0)
    const hangUp = { CallUUID: over.callId, Event: 'Hangup', CallStatus: 'completed' }
    await tell(`${node.url}/plivo/hangup`, hangUp, plivo)
    await node.forgets(over.callId)
    await node.kill()
    await node.startAgain()

    await tell(`${node.url}/plivo/hangup`, { ...hangUp, CallUUID: impatient.callId }, plivo)
    await node.forgets(impatient.callId)
    expect(await askWhatNext(impatient.nextUrl, impatient.callId, plivo)).toContain('<Hangup/>')

    // The tickets of before are good no more, whoever has seen them.
    await expect(new ForeignStream(lost.streamUrl, lost.callId).opened()).rejects.toMatchObject({ status: 403 })
    expect(await tell(lost.nextUrl, { CallUUID: lost.callId })).toMatchObject({ status: 403 })
    expect(await askWhatNext(lost.nextUrl.replace('desk', 'other'), lost.callId, plivo)).toContain('<Hangup/>')
    expect(await askWhatNext(over.nextUrl, over.callId, plivo)).toContain('<Hangup/>')
    const completed = { CallUUID: transferred.callId, Event: 'Redirect', DialStatus: 'completed' }
    expect(await (await tell(transferred.nextUrl, completed, plivo)).text()).toContain('<Hangup/>')

    // Plivo may ask twice.
    const documents = await Promise.all([1, 2].map(() => askWhatNext(lost.nextUrl, lost.callId, plivo)))
    using stream = await new ForeignStream(streamUrlIn(documents[0] ?? ''), lost.callId).opened()
    stream.start()
    await stream.echoes()
    const second = new ForeignStream(streamUrlIn(documents[1] ?? ''), lost.callId).opened()
    await expect(second).rejects.toMatchObject({ status: 403 })
    expect(node.runsOf(lost.callId).map(({ run }) => run)).toEqual([0, 1])
  })
})

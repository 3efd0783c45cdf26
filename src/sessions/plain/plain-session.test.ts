import { beforeEach, describe, expect, test } from 'vitest'
import { PoolBench, settle } from '../../../test/support/pool-bench.ts'
import { mulaw8k } from '../../audio/format.ts'
import { silentLog } from '../../lib/log.ts'
import type { SocketClose } from '../../sdk/protocol.ts'
import type { Agent } from '../agent.ts'
import { PlainSession, type PlainSessionOptions } from './plain-session.ts'
import type { PlainEnding } from './plain-session-state.ts'

let bench: PoolBench
let ended: PlainEnding[]
let closes: SocketClose[]
const sent: string[] = []

beforeEach(() => {
  bench = new PoolBench()
  ended = []
  closes = []
  sent.length = 0
})

const client: PlainSessionOptions['client'] = {
  query: 'x=1',
  send: ({ data }, onTaken) => {
    sent.push(Buffer.from(data).toString('utf8'))
    onTaken()
  },
  close: (how) => closes.push(how),
}

function begin(options: Partial<PlainSessionOptions> = {}, agent: Partial<Agent> = {}): PlainSession {
  const pool = agent.pool ?? bench.createPool({ warmInstances: 0 })
  return new PlainSession({
    id: 'a-session',
    agent: { organization: 'acme', name: 'bot', webSocketAuth: 'token', audio: mulaw8k, pool, ...agent },
    clock: bench.clock,
    log: silentLog,
    onEnded: ({ state }) => {
      if (state.name === 'ended') ended.push(state.ending)
    },
    ...options,
  })
}

const say = (session: PlainSession, text: string, onTaken: () => void = () => undefined) =>
  session.receive({ data: Buffer.from(text), binary: false }, onTaken)

/** The session as the `n`-th instance has it. */
const given = (n = 0) => {
  const session = bench.instances[n]?.sessions[0]
  if (!session) throw new Error(`instance ${n} has no session`)
  return session
}

describe('a session without a call', () => {
  test('tells its bot who it is, what came with it and how long it may last', async () => {
    begin({ body: { n: 1 }, client }, { maxSessionSeconds: 60 })
    await bench.started()
    expect(given().start).toEqual({
      sessionId: 'a-session',
      body: { n: 1 },
      socket: { query: 'x=1' },
      maxSeconds: 60,
    })
  })

  test('goes to another instance when one dies before its bot had it, with all that the client said', async () => {
    const session = begin({ client })
    let taken = 0
    say(session, 'one', () => taken++)
    await bench.started()
    say(session, 'two', () => taken++)
    bench.instances[0]?.die('was killed')
    given().listener.onOver({ type: 'lost', why: 'was killed' })
    say(session, 'three', () => taken++)
    await bench.started()
    given(1).listener.onStarted()
    say(session, 'four')
    expect(given(1).received).toEqual(['one', 'two', 'three', 'four'])
    expect(taken).toBe(3)
    expect(ended).toEqual([])
  })

  test('stays with the instance whose bot had it, and is lost with it', async () => {
    begin({ client })
    await bench.started()
    given().listener.onStarted()
    given().listener.onOver({ type: 'lost', why: 'was killed' })
    expect(ended).toEqual([{ reason: 'bot-lost', detail: 'was killed' }])
    expect(closes).toEqual([{ code: 1011, reason: 'bot-lost' }])
    expect(given().closed?.reason).toBe('bot')
  })

  test('does not wait for ever for an instance, and leaves none behind that comes too late', async () => {
    const pool = bench.createPool({ warmInstances: 0 })
    begin({ client }, { pool })
    await settle()
    bench.clock.advance(150_000)
    expect(ended).toEqual([{ reason: 'bot-not-ready', detail: 'it took too long' }])
    await bench.started()
    expect(pool.status).toMatchObject({ active: 0, waiting: 0 })
    expect(bench.instances[0]?.sessions).toEqual([])
  })

  test('tells the bot how the client left, and keeps no message waiting', async () => {
    const session = begin({ client })
    await bench.started()
    session.disconnect({ code: 1006, reason: '' })
    expect(given().closed).toEqual({ reason: 'caller', how: { code: 1000, reason: '' } })
    let taken = 0
    say(session, 'late', () => taken++)
    given().listener.onMessage({ data: Buffer.from('late'), binary: false }, () => taken++)
    expect([taken, sent, closes]).toEqual([2, [], []])
    expect(ended).toEqual([{ reason: 'client-left', detail: 'closed the socket: 1006' }])
  })

  test('ends when it has lasted as long as it may; a request of its own gets a moment to end by itself', async () => {
    begin({ client }, { maxSessionSeconds: 60 })
    begin({}, { maxSessionSeconds: 60 })
    await bench.started()
    bench.clock.advance(60_000)
    expect(ended).toEqual([{ reason: 'max-duration' }])
    expect(closes).toEqual([{ code: 4410, reason: 'max-duration' }])
    bench.clock.advance(5000)
    expect(ended).toHaveLength(2)
  })
})

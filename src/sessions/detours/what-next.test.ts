import { describe, expect, test } from 'vitest'
import { type CameBack, Detour, type Onward } from './detour.ts'
import type { SessionState } from '../session-state.ts'
import { whatNext } from './what-next.ts'

const away: SessionState = { name: 'away', since: 0, crashes: 0, bot: 'here' }
const ended = (reason: 'bot-returned' | 'bot-lost'): SessionState => ({ name: 'ended', since: 0, ending: { reason } })

const plan = { type: 'play', url: 'https://cdn.example.com/a.mp3' } as const
const detourThat = (onward: Onward) => new Detour({ plan, onward: () => onward })

const ask = (
  state: SessionState,
  detour?: Detour,
  came?: CameBack,
  counts = { streamsOffered: 0, streamsStarted: 0 },
) => whatNext({ session: { state, detour }, ...counts }, came)

describe('a call with a detour', () => {
  test('gets the plan first, and a stream when that is done', () => {
    const detour = detourThat({ type: 'stream' })
    expect(ask(away, detour)).toEqual({ type: 'detour', plan })
    expect(detour.state).toBe('under-way')
    expect(ask(away, detour)).toEqual({ type: 'stream' })
    expect(detour.state).toBe('back')
  })

  test('gets what the detour decides when it does not lead back', () => {
    const detour = detourThat({ type: 'say', text: 'Nobody is there.' })
    ask(away, detour)
    expect(ask(away, detour)).toEqual({ type: 'say', text: 'Nobody is there.' })
    expect(detour.state).toBe('over')
  })

  test('is taken there even when its bot has returned meanwhile, and is hung up on after that', () => {
    const detour = detourThat({ type: 'stream' })
    expect(ask(ended('bot-returned'), detour)).toEqual({ type: 'detour', plan })
    expect(ask(ended('bot-returned'), detour)).toEqual({ type: 'hang-up' })
  })

  test('hears an apology when it comes back and its bot was lost', () => {
    const detour = detourThat({ type: 'stream' })
    ask(ended('bot-lost'), detour)
    expect(ask(ended('bot-lost'), detour)).toEqual({ type: 'apologise' })
  })

  test('does not loop between streams that never start', () => {
    const detour = detourThat({ type: 'stream' })
    ask(away, detour)
    ask(away, detour)
    expect(ask(away, detour, {}, { streamsOffered: 3, streamsStarted: 0 })).toEqual({ type: 'hang-up' })
  })

  test('gives what the carrier says to whoever waits', async () => {
    const detour = detourThat({ type: 'hang-up' })
    ask(away, detour)
    const came = { dialled: { status: 'busy', cause: 'USER_BUSY' } }
    ask(away, detour, came)
    expect(await detour.over).toMatchObject(came)
  })
})

describe('somebody who is dialled', () => {
  const dial = { type: 'dial', to: ['14155550123'], ringMs: 1000, maxMs: 1000 } as const
  const has = async (detour: Detour) =>
    Promise.race([detour.connected.then(() => true), Promise.resolve().then(() => Promise.resolve(false))])

  test('has the caller when they pick up', async () => {
    const detour = new Detour({ plan: dial, onward: () => ({ type: 'stream' }) })
    detour.dialEvent('picked-up')
    expect(await has(detour)).toBe(true)
  })

  test('who hears an announcement first has the caller only when they take the call', async () => {
    const detour = new Detour({ plan: { ...dial, announce: 'A call.' }, onward: () => ({ type: 'stream' }) })
    detour.dialEvent('picked-up')
    expect(await has(detour)).toBe(false)
    detour.dialEvent('connected')
    expect(await has(detour)).toBe(true)
  })
})

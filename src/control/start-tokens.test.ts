import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { StartTokens } from './start-tokens.ts'

const serviceHost = 'front-desk.red-fat-cat-1'
const grant = { serviceHost, sessionId: '639f91d8-d511-4677-a83b-bd7564d5d92f' }

function openTokens(clock = new ManualClock(), key = Buffer.from('a key')): StartTokens {
  const used = new Set<string>()
  const useOnce = async (organization: string, nonce: string) => {
    const isFirst = !used.has(`${organization} ${nonce}`)
    used.add(`${organization} ${nonce}`)
    return isFirst
  }
  return new StartTokens({ clock, key, useOnce })
}

test('a token gives back what it was minted for, once', async () => {
  const tokens = openTokens()
  const token = tokens.mint(grant)
  expect(await tokens.redeem(token, serviceHost)).toEqual({ ok: true, value: grant })
  expect(await tokens.redeem(token, serviceHost)).toMatchObject({ ok: false, problem: expect.stringContaining('used') })
})

test('a token is good for five minutes', async () => {
  const clock = new ManualClock(1_700_000_000_000)
  const tokens = openTokens(clock)
  const [early, late] = [tokens.mint(grant), tokens.mint(grant)]
  clock.advance(300_000)
  expect(await tokens.redeem(early, serviceHost)).toMatchObject({ ok: true })
  clock.advance(1_000)
  expect(await tokens.redeem(late, serviceHost)).toMatchObject({ problem: expect.stringContaining('expired') })
})

test('a token for one agent opens no other, and is not used up by the attempt', async () => {
  const tokens = openTokens()
  const token = tokens.mint(grant)
  expect(await tokens.redeem(token, 'other.red-fat-cat-1')).toMatchObject({ ok: false })
  expect(await tokens.redeem(token, serviceHost)).toMatchObject({ ok: true })
})

test.each(['', '.', 'a', 'a.b', 'a.b.c'])('what is no token is refused: "%s"', async (token) => {
  expect(await openTokens().redeem(token, serviceHost)).toMatchObject({ ok: false })
})

test('a token of another key, or an altered one, is refused', async () => {
  const tokens = openTokens()
  const foreign = openTokens(new ManualClock(), Buffer.from('another key')).mint(grant)
  expect(await tokens.redeem(foreign, serviceHost)).toMatchObject({ ok: false })
  const [, signature] = tokens.mint(grant).split('.')
  const forged = Buffer.from(JSON.stringify({ sh: serviceHost, exp: 9e9, nonce: 'n', sid: 's' })).toString('base64url')
  expect(await tokens.redeem(`${forged}.${signature}`, serviceHost)).toMatchObject({ ok: false })
})

import { expect, test } from 'vitest'
import { mulaw8k } from '../audio/format.ts'
import { silentLog } from '../lib/log.ts'
import { ManualClock } from '../lib/manual-clock.ts'
import { signatureHeaders } from '../plivo/signature.ts'
import { defineBot } from '../sdk/bot.ts'
import type { HttpRequest } from '../simulator/http-request.ts'
import { MemoryNode } from './memory-node.ts'

const callUuid = '00000000-0000-4000-8000-000000000001'
const parameters = {
  CallUUID: callUuid,
  From: '14155550100',
  To: '14155550199',
  Event: 'StartApp',
  Direction: 'inbound',
  CallStatus: 'ringing',
}

function node() {
  const clock = new ManualClock()
  const bot = defineBot(() => new Promise(() => undefined))
  return new MemoryNode({ bot, folder: '.', audio: mulaw8k, carrier: undefined, clock, log: silentLog })
}

/** Asks the answer URL; `authToken` signs. */
async function answer(of: MemoryNode, authToken: string | undefined): Promise<{ status: number; xml: string }> {
  const url = of.answerUrl({ plan: 'gold' })
  const params = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const signed =
    authToken === undefined
      ? {}
      : signatureHeaders({ method: 'POST', url, params, tokens: [authToken], nonce: '12345678901234567890' })
  const request: HttpRequest = {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...signed },
    body: new URLSearchParams(params).toString(),
    connectTimeoutMs: 1000,
    readTimeoutMs: 1000,
    maxBytes: 100_000,
    clock: new ManualClock(),
    signal: new AbortController().signal,
  }
  const reply = await of.request(request)
  if (!reply.ok) throw new Error(reply.problem)
  return { status: reply.status, xml: new TextDecoder().decode(reply.body) }
}

const streamUrlIn = (xml: string): string => /ws:[^<]+/.exec(xml)?.[0].replaceAll('&amp;', '&') ?? ''

/** What comes of an upgrade. */
const upgrade = (of: MemoryNode, url: string) =>
  of.openStream({
    url,
    headers: {},
    connectTimeoutMs: 1000,
    clock: new ManualClock(),
    onOpen: () => undefined,
    onText: () => undefined,
    onBinary: () => undefined,
  }).opened

test('answers what is signed with its token, and nothing else', async () => {
  await using ours = node()
  expect((await answer(ours, undefined)).status).toBe(403)
  expect((await answer(ours, 'the token of another')).status).toBe(403)
  expect(ours.calls.find(callUuid)).toBeUndefined()
  const { status, xml } = await answer(ours, ours.authToken)
  expect(status).toBe(200)
  expect(xml).toMatch(/<Stream .*ws:\/\/offhook\.test\/ws\/plivo\/t1_/)
  expect(ours.calls.find(callUuid)?.facts).toMatchObject({ from: '14155550100', body: { plan: 'gold' } })
})

test('lets a stream in by its ticket, once at a time', async () => {
  await using ours = node()
  const url = streamUrlIn((await answer(ours, ours.authToken)).xml)
  expect(await upgrade(ours, url.replace('t1_', 't1_x'))).toEqual({ status: 403 })
  expect(await upgrade(ours, url.replace('serviceHost=bot.test', 'serviceHost=cat.test'))).toEqual({ status: 404 })
  expect(await upgrade(ours, url)).toBeUndefined()
  expect(await upgrade(ours, url)).toEqual({ status: 403 })
})

test('takes no custom data that an answer URL could not carry', () => {
  expect(() => node().answerUrl('x'.repeat(4095))).toThrow(/^body must be at most 4096 bytes of JSON$/)
  expect(node().answerUrl('x'.repeat(4094))).toContain('body=')
})

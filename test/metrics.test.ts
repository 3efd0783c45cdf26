import { expect, test } from 'vitest'
import { metricsPage } from '../src/platform/metrics-page.ts'
import { patience } from './support/patience.ts'
import { removeHome, startPlatform } from './support/platform.ts'

const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    await call.play(new Int16Array(4000), { sampleRateHz: 8000 })
    for await (const event of call) if (event.type === 'dtmf') return
  })`

test('a node tells programs on its machine how its calls and instances do', async () => {
  const platform = await startPlatform()
  try {
    await platform.deploy('front-desk', bot)
    const { organization } = platform
    const read = async () => (await fetch(`http://127.0.0.1:${platform.open.server.port}/metrics`)).text()
    const agent = `organization="${organization}",agent="front-desk"`
    const call = platform.call('front-desk')
    await expect.poll(read, patience).toContain(`offhook_first_audio_seconds_count{${agent}} 1`)
    const during = await read()
    expect(during).toContain(`offhook_sessions_active{${agent}} 1`)
    expect(during).toContain(`offhook_instances{${agent},state="busy"} 1`)
    expect(during).toContain(`offhook_session_start_seconds_count{${agent},start="warm"} 1`)
    expect(during).toMatch(/^offhook_calls_room 49$/m)
    expect(during).toMatch(/^offhook_event_loop_lag_seconds [\d.e-]+$/m)
    expect(during).toMatch(/^nodejs_heap_size_used_bytes \d+$/m)
    expect(during).not.toContain('14155550')
    call.press('1')
    await call.ended
    await expect.poll(read, patience).toContain(`offhook_sessions_ended_total{${agent},reason="bot-returned"} 1`)
    const after = await read()
    expect(after).toContain(`offhook_session_duration_seconds_count{${agent}} 1`)
    expect(after).not.toContain(`offhook_sessions_active{${agent}} 1`)
    expect(after).toMatch(/^offhook_instance_starts_total\{result="ready"\} [12]$/m)
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
})

const metrics = { read: () => Promise.resolve({ text: 'up 1\n', contentType: 'text/plain' }) }
const ask = async (
  from: string | undefined,
  headers: Record<string, string>,
  { token, behindProxy = false }: { token?: string; behindProxy?: boolean } = {},
) => {
  const page = new Request('http://node/metrics', { headers })
  return (await metricsPage(page, from, { metrics, token, behindProxy })).status
}

test('without a token only programs on its machine may read, and nobody through a proxy', async () => {
  expect(await ask('127.0.0.1', {})).toBe(200)
  expect(await ask('::1', {})).toBe(200)
  expect(await ask('::ffff:127.0.0.1', {})).toBe(200)
  expect(await ask('10.0.0.7', {})).toBe(403)
  expect(await ask('127.0.0.1.example.com', {})).toBe(403)
  expect(await ask(undefined, {})).toBe(403)
  expect(await ask('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' })).toBe(403)
  expect(await ask('127.0.0.1', {}, { behindProxy: true })).toBe(403)
})

test('with a token whoever knows it may, from wherever', async () => {
  const guarded = { token: 'let-me-see', behindProxy: true }
  expect(await ask('203.0.113.9', { authorization: 'Bearer let-me-see' }, guarded)).toBe(200)
  expect(await ask('127.0.0.1', {}, guarded)).toBe(401)
  expect(await ask('127.0.0.1', { authorization: 'Bearer let-me-se' }, guarded)).toBe(401)
})

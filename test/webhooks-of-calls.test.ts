import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from './support/free-port.ts'
import { offhook } from './support/offhook-command.ts'
import { KillableServe } from './support/killable-serve.ts'
import { removeHome, startPlatform } from './support/platform.ts'
import { verifyWebhook, WebhookReceiver } from './support/webhook-receiver.ts'

const bot = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    const tone = Int16Array.from({ length: 4000 }, (_, i) => 8000 * Math.sin(i / 4))
    await call.play(tone, { sampleRateHz: 8000 })
  })`

test('a call is told of when it begins and when it is over, with what the caller heard', async () => {
  await using receiver = await WebhookReceiver.start()
  const platform = await startPlatform()
  try {
    const path = `/v1/offhook/organizations/${platform.organization}/webhooks`
    const { body } = await platform.ask('POST', path, {
      url: receiver.url,
      events: ['session.started', 'session.ended'],
    })
    await platform.deploy('front-desk', bot)
    await platform.call('front-desk').ended
    await receiver.waitFor(2)
    const events = receiver.received.map((received) => verifyWebhook(String(body['secret']), received))
    const of = (type: string) => events.find(({ event_type: found }) => found === type)?.['data']
    expect(of('session.started')).toMatchObject({ service: 'front-desk', transport: 'plivo', cold_start: false })
    expect(of('session.ended')).toMatchObject({
      service: 'front-desk',
      reason: 'bot-returned',
      call: { direction: 'inbound', from: expect.any(String) as string },
      heard: { sent_ms: 500, heard_ms: expect.any(Number) as number },
    })
    const { heard } = of('session.ended') as { heard: { heard_ms: number } }
    expect(heard.heard_ms).toBeGreaterThan(400)
  } finally {
    await platform[Symbol.asyncDispose]()
    await removeHome(platform)
  }
})

test('what a node had to tell when it was killed is told by the next, and the commands show it', async () => {
  const home = await mkdtemp(join(tmpdir(), 'offhook-webhooks-'))
  const environment = { OFFHOOK_WEBHOOKS: 'any' }
  let serve = await KillableServe.start(home, environment)
  try {
    const { token, organization } = serve.owner
    const run = async (...args: string[]) => {
      const who = { OFFHOOK_URL: serve.url, OFFHOOK_TOKEN: token, OFFHOOK_ORGANIZATION: organization }
      const result = await offhook(['webhooks', ...args], { environment: who })
      expect(result).toMatchObject({ code: 0, stderr: '' })
      return result.stdout
    }
    const json = async (...args: string[]) => JSON.parse(await run(...args, '--json'))
    // Nobody listens there yet.
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/hook`
    const { id, secret } = await json('add', url, '--events', 'session.ended', '--description', 'billing')
    const { id: deliveryId } = await json('test', id)
    await serve.kill()
    await using receiver = await WebhookReceiver.start(port)
    serve = await KillableServe.start(home, environment)
    await receiver.waitFor(1)
    const [received] = receiver.received
    expect(received?.headers['webhook-id']).toBe(deliveryId)
    if (received) expect(verifyWebhook(secret, received)).toMatchObject({ event_type: 'webhook.test' })

    expect(await run('list')).toMatch(new RegExp(`${id} +${url} +session.ended +on +billing`))
    expect(await run('deliveries', id)).toMatch(new RegExp(`${deliveryId} +webhook.test`))
    expect(await json('deliveries', id, deliveryId)).toMatchObject({ payload: { data: { webhook_id: id } } })
    await run('resend', id, deliveryId)
    await receiver.waitFor(2)
    expect(await json('secret', id)).toMatchObject({ secret: expect.stringMatching(/^whsec_/) as string })
    expect(await run('update', id, '--disable', '--events', 'all')).toMatch(/off: it was switched off, events: all/)
    expect(await run('update', id, '--enable')).toMatch(/: on, events: all/)
    await run('remove', id, '--yes')
    expect(await json('list')).toEqual([])
  } finally {
    await serve[Symbol.asyncDispose]()
    await rm(home, { recursive: true, force: true })
  }
})

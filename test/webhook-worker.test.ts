import { expect, test } from 'vitest'
import type { Clock } from '../src/lib/clock.ts'
import { WebhookWorker } from '../src/platform/webhooks/webhook-worker.ts'
import type { Store } from '../src/store/store.ts'
import { leaveMessage } from './support/left-message.ts'
import { patience } from './support/patience.ts'
import { StorePlace } from './support/stores.ts'
import { verifyWebhook, WebhookReceiver } from './support/webhook-receiver.ts'

/** How long a receiver may take to answer. */
const answerMs = 15_000

/**
 * A store with a webhook that goes to a receiver, and a worker that sends it. Time is the test's; it stands still while a
 * receiver answers.
 */
class Post implements AsyncDisposable {
  readonly place: StorePlace
  readonly store: Store
  readonly receiver: WebhookReceiver
  organizationId = ''
  endpointId = ''
  secret = ''
  /** The receiver never answers. */
  hangs = false
  readonly #workers: WebhookWorker[] = []
  /** Attempts that wait for an answer. */
  readonly #open = new Set<() => void>()

  private constructor(place: StorePlace, store: Store, receiver: WebhookReceiver) {
    this.place = place
    this.store = store
    this.receiver = receiver
  }

  static async start(allowPrivate = true): Promise<Post> {
    const place = await StorePlace.create('SQLite')
    const post = new Post(place, await place.open(), await WebhookReceiver.start())
    post.organizationId = (await post.store.organizations.create({ verboseName: 'A' })).id
    const { endpoint, secret } = await post.store.webhooks.create(post.organizationId, { url: post.receiver.url })
    Object.assign(post, { endpointId: endpoint.id, secret })
    post.work(post.store, allowPrivate)
    return post
  }

  work(store: Store, allowPrivate = true): void {
    this.#workers.push(new WebhookWorker({ store, allowPrivate, clock: this.#watched(), log: this.place.log }))
  }

  readonly tick = () => {
    if (this.hangs || this.#open.size === 0) this.place.clock.advance(500)
  }

  #watched(): Clock {
    const { clock } = this.place
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, run) => {
        const timer = clock.after(delayMs, run)
        if (delayMs !== answerMs) return timer
        this.#open.add(run)
        return {
          cancel: () => {
            this.#open.delete(run)
            timer.cancel()
          },
        }
      },
    }
  }

  async settled(state: 'pending' | 'delivered' | 'failed', attempts: number) {
    const first = async () => (await this.store.deliveries.list(this.organizationId, this.endpointId)).items[0]
    await expect
      .poll(async () => {
        this.tick()
        const delivery = await first()
        return [delivery?.state, delivery?.attempts, delivery?.lastStatus ?? delivery?.lastError ?? undefined]
      }, patience)
      .toEqual([state, attempts, expect.anything()])
    return first()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#workers) await worker[Symbol.asyncDispose]()
    await this.receiver[Symbol.asyncDispose]()
    await this.place[Symbol.asyncDispose]()
  }
}

test('a delivery is signed as Standard Webhooks has it', async () => {
  await using post = await Post.start()
  // The library holds the timestamp against the real time.
  post.place.clock.advance(Date.now() - post.place.clock.now())
  const url = await leaveMessage(post.store, post.organizationId)
  await post.receiver.waitFor(1, post.tick)
  const [received] = post.receiver.received
  if (!received) throw new Error('nothing has come')
  expect(verifyWebhook(post.secret, received)).toMatchObject({ event_type: 'message.left', data: { url } })
  expect(received.headers).toMatchObject({ 'content-type': 'application/json' })
  expect(() => verifyWebhook(`whsec_${Buffer.alloc(32).toString('base64')}`, received)).toThrow(/signature/i)
  expect(await post.settled('delivered', 1)).toMatchObject({ id: received.headers['webhook-id'], lastStatus: 204 })
})

test('after a change of the secret both sign', async () => {
  await using post = await Post.start()
  post.place.clock.advance(Date.now() - post.place.clock.now())
  const renewed = await post.store.webhooks.rotateSecret(post.organizationId, post.endpointId)
  await leaveMessage(post.store, post.organizationId)
  await post.receiver.waitFor(1, post.tick)
  const [received] = post.receiver.received
  if (!received) throw new Error('nothing has come')
  expect(verifyWebhook(post.secret, received)).toEqual(verifyWebhook(renewed, received))
})

test('what was refused comes again with the same id, until it is taken', async () => {
  await using post = await Post.start()
  post.receiver.answerWith(503)
  await leaveMessage(post.store, post.organizationId)
  await post.receiver.waitFor(2, post.tick)
  post.receiver.answerWith(200)
  await post.receiver.waitFor(3, post.tick)
  const ids = new Set(post.receiver.received.map(({ headers }) => headers['webhook-id']))
  expect(ids.size).toBe(1)
  expect(await post.settled('delivered', 3)).toMatchObject({ lastError: null })
})

test('a receiver that does not answer, or sends elsewhere, has not taken it', async () => {
  await using post = await Post.start()
  post.receiver.answer = () => {}
  post.hangs = true
  await leaveMessage(post.store, post.organizationId)
  expect(await post.settled('pending', 1)).toMatchObject({ lastStatus: null, lastError: 'no answer within 15 s' })
  post.hangs = false
  post.receiver.answerWith(302, { location: post.receiver.url })
  expect(await post.settled('pending', 2)).toMatchObject({
    lastStatus: 302,
    lastError: 'HTTP 302: redirects are not followed',
  })
})

test('a receiver that wants to speak another protocol has not taken it, and holds nobody up', async () => {
  await using post = await Post.start()
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
  post.receiver.answer = ({ socket }) => void socket?.write(switching)
  await leaveMessage(post.store, post.organizationId)
  expect(await post.settled('pending', 1)).toMatchObject({
    lastStatus: null,
    lastError: expect.stringMatching(/closed/),
  })
})

test('a receiver that is gone is switched off, and the reason is told', async () => {
  await using post = await Post.start()
  post.receiver.answerWith(410)
  await leaveMessage(post.store, post.organizationId)
  await post.settled('failed', 1)
  expect(await post.store.webhooks.find(post.organizationId, post.endpointId)).toMatchObject({
    enabled: false,
    disabledReason: expect.stringContaining('410') as string,
  })
  expect(post.place.log.all('a webhook is switched off')).toHaveLength(1)
})

test.each(['address', 'name'])('a receiver in the network of the node is not reached, by %s', async (by) => {
  await using post = await Post.start(false)
  const url = by === 'name' ? post.receiver.url.replace('127.0.0.1', 'localhost') : post.receiver.url
  await post.store.webhooks.update(post.organizationId, post.endpointId, { url })
  await leaveMessage(post.store, post.organizationId)
  const delivery = await post.settled('pending', 1)
  expect(delivery?.lastError).toMatch(/not one of the internet.*OFFHOOK_WEBHOOKS/)
  expect(post.receiver.received).toEqual([])
})

test('two nodes share the work: each delivery goes out once', async () => {
  await using post = await Post.start()
  post.work(await post.place.open())
  for (let index = 0; index < 30; index++) await leaveMessage(post.store, post.organizationId)
  await post.receiver.waitFor(30, post.tick)
  const ids = post.receiver.received.map(({ headers }) => headers['webhook-id'])
  expect([ids.length, new Set(ids).size]).toEqual([30, 30])
})

test('a receiver that hangs keeps no other organization waiting', async () => {
  await using post = await Post.start()
  post.receiver.answer = () => {}
  post.hangs = true
  await using quick = await WebhookReceiver.start()
  const { id: other } = await post.store.organizations.create({ verboseName: 'B' })
  await post.store.webhooks.create(other, { url: quick.url })
  for (let index = 0; index < 100; index++) await leaveMessage(post.store, post.organizationId)
  await leaveMessage(post.store, other)
  // Far less than the time-out of the other's.
  let ticks = 0
  await quick.waitFor(1, () => {
    if (ticks++ < 10) post.tick()
  })
})

import { type Clock, sleep } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { Outage } from '../../lib/outage.ts'
import type { Store } from '../../store/store.ts'
import { secretsAt } from '../../store/webhooks/signing-secret.ts'
import type { DueDelivery } from '../../store/webhooks/webhook-deliveries.ts'
import { judgeAttempt } from './judge-attempt.ts'
import { postWebhook } from './post-webhook.ts'
import { signWebhook } from './sign-webhook.ts'

interface WebhookWorkerOptions {
  readonly store: Pick<Store, 'deliveries' | 'webhooks'>
  /** Lets webhooks go to this machine and its network, too. */
  readonly allowPrivate: boolean
  readonly clock: Clock
  readonly log: Log
}

const lookEveryMs = 500
/** Far longer than an attempt takes. */
const leaseMs = 120_000
const mostAtOnce = 64
/** So that the slow receivers of one organization leave room for those of the others. */
const mostOfOrganization = 8

/** Sends what is due, beside everything else that a node does. Several nodes share the work. */
export class WebhookWorker implements AsyncDisposable {
  readonly #options: WebhookWorkerOptions
  readonly #stop = new AbortController()
  readonly #underWay = new Set<Promise<void>>()
  /** How many are under way, by organization. */
  readonly #busy = new Map<string, number>()
  readonly #running: Promise<void>

  constructor(options: WebhookWorkerOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** What is under way is broken off: it is sent again by whoever comes next. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await Promise.all(this.#underWay)
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options
    const { signal } = this.#stop
    const outage = new Outage({
      begins: 'it cannot be seen which webhooks are due; it is tried again',
      ends: 'it is seen again which webhooks are due',
      log,
    })
    while (!signal.aborted) {
      try {
        while (await this.#takeSome());
        outage.worked()
      } catch (error) {
        outage.failed(error)
      }
      await sleep(clock, lookEveryMs, signal)
    }
  }

  /** Begins to send some of what is due. False: there is no more, or no room. */
  async #takeSome(): Promise<boolean> {
    const room = mostAtOnce - this.#underWay.size
    if (room <= 0 || this.#stop.signal.aborted) return false
    const except = [...this.#busy].flatMap(([organizationId, count]) =>
      count >= mostOfOrganization ? [organizationId] : [],
    )
    const limit = Math.min(room, mostOfOrganization)
    const due = await this.#options.store.deliveries.claim({ limit, except, leaseMs })
    for (const delivery of due) this.#begin(delivery)
    return due.length > 0
  }

  #begin(delivery: DueDelivery): void {
    const { organizationId } = delivery
    this.#busy.set(organizationId, (this.#busy.get(organizationId) ?? 0) + 1)
    const work = this.#deliver(delivery)
      .catch((error: unknown) => {
        this.#options.log.error({ delivery: delivery.id, error: messageOf(error) }, 'a webhook could not be sent')
      })
      .finally(() => {
        this.#underWay.delete(work)
        const count = (this.#busy.get(organizationId) ?? 1) - 1
        if (count > 0) this.#busy.set(organizationId, count)
        else this.#busy.delete(organizationId)
      })
    this.#underWay.add(work)
  }

  async #deliver(delivery: DueDelivery): Promise<void> {
    const { store, clock, allowPrivate, log } = this.#options
    const { id, organizationId, endpointId, payload: body, url, attempt, failingSince } = delivery
    const secrets = secretsAt(await store.webhooks.secrets(organizationId, endpointId), clock.now())
    const timestamp = Math.floor(clock.now() / 1000)
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signWebhook({ id, timestamp, body }, secrets),
    }
    const { signal } = this.#stop
    const posted = await postWebhook({ url, headers, body }, { clock, allowPrivate, signal })
    // Nobody knows whether it has arrived: after the lease it is sent again, with the same id.
    if (signal.aborted && posted.error !== undefined) return
    const result = judgeAttempt(posted, { attempt, failingSince, now: clock.now(), random: Math.random() })
    await store.deliveries.settle(delivery, result)
    if (result.disable === undefined) return
    log.warn({ organization: organizationId, webhook: endpointId, why: result.disable }, 'a webhook is switched off')
  }
}

import { type Clock, sleep } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { Outage } from '../lib/outage.ts'
import type { CarrierAccount } from '../sessions/carrier/carrier-account.ts'
import { PlivoCarrier } from '../sessions/carrier/plivo-carrier.ts'
import type { PlivoAccount, PlivoAccounts } from '../store/plivo-accounts.ts'

interface AccountBookOptions {
  readonly accounts: PlivoAccounts
  /** Of Plivo's REST API. Default: Plivo's own. */
  readonly baseUrl: string | undefined
  readonly clock: Clock
  readonly log: Log
}

interface Entry {
  readonly account: PlivoAccount
  readonly carrier: PlivoCarrier
}

/** What other nodes have changed, and organizations that are gone, are seen within this time. */
const readEveryMs = 5000

/** The Plivo accounts of organizations at hand: a webhook must not wait for the database. */
export class AccountBook implements AsyncDisposable {
  readonly #options: AccountBookOptions
  readonly #stop = new AbortController()
  readonly #outage: Outage
  readonly #forget: () => void
  #entries: ReadonlyMap<string, Entry> = new Map()
  #reading: Promise<void> = Promise.resolve()
  #running: Promise<void> | undefined

  private constructor(options: AccountBookOptions) {
    this.#options = options
    this.#outage = new Outage({
      begins: 'Plivo accounts cannot be read; those known before count',
      ends: 'Plivo accounts can be read again',
      log: options.log,
    })
    this.#forget = options.accounts.onChange(() => this.#readSafely())
  }

  /** Rejects when the database cannot be read. */
  static async open(options: AccountBookOptions): Promise<AccountBook> {
    const book = new AccountBook(options)
    await book.#read()
    book.#running = book.#run()
    return book
  }

  /** Undefined: the organization has none of its own. */
  find(organization: string): CarrierAccount | undefined {
    const entry = this.#entries.get(organization)
    if (!entry) return undefined
    const { authToken, previous } = entry.account
    const isPreviousGood = previous !== undefined && this.#options.clock.now() < previous.until
    return { authTokens: [authToken, ...(isPreviousGood ? [previous.authToken] : [])], carrier: entry.carrier }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forget()
    this.#stop.abort()
    await this.#running
    await this.#reading
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      await sleep(this.#options.clock, readEveryMs, signal)
      if (signal.aborted) return
      await this.#readSafely()
    }
  }

  /** One after another, so that the latest counts. */
  #readSafely(): Promise<void> {
    this.#reading = this.#reading
      .then(() => this.#read())
      .then(
        () => this.#outage.worked(),
        (error: unknown) => this.#outage.failed(error),
      )
    return this.#reading
  }

  async #read(): Promise<void> {
    const accounts = await this.#options.accounts.all()
    this.#entries = new Map(
      [...accounts].map(([organization, account]) => [organization, this.#entryOf(organization, account)]),
    )
  }

  #entryOf(organization: string, account: PlivoAccount): Entry {
    const known = this.#entries.get(organization)
    if (known?.account === account) return known
    const { clock, baseUrl } = this.#options
    const { authId, authToken } = account
    return { account, carrier: new PlivoCarrier({ authId, authToken, baseUrl, clock }) }
  }
}
